//! Recounts an exported form or session: every signature, the whole chain, every opening, and the results under the pinned rule; without the
//! app, the hub or a network.
//!
//! Entry points: [`recount`] for a record, [`tally::tally`] for a table of votes. Must never: trust a number that the record states.

pub mod tally;

use cabinet_acts::{Body, RegisterAct};
use cabinet_domain::{FormAct, FormPhase, FormResult, FormState, Grounds, Law, Millis, SessionAct, SessionState};
use cabinet_ledger::*;
use cabinet_meaning::{Matter, Opened, Read, Reader, Secret, open};
use cabinet_seal::VerifyingKey;
use std::collections::BTreeMap;

/// The rule that decided, with its numbers, in words.
pub fn why(grounds: &Grounds) -> String {
    match grounds {
        Grounds::Majority { yes, needed } => format!("{yes} of the {needed} needed"),
        Grounds::TooFew { yes, needed } => format!("{yes}, below the {needed} needed"),
        Grounds::TieBroken { each, needed, .. } => {
            format!("{each} : {each} (needed {needed}), the Prime Minister's vote decides")
        }
        Grounds::TieNotBroken { each, needed } => format!("{each} : {each} (needed {needed}), not broken"),
        Grounds::NoQuorum { present, needed } => format!("{present} present, {needed} needed"),
    }
}

/// What was found.
pub struct Recounted {
    /// What the record is of, folded anew.
    pub found: Found,
    /// Entries checked, of the register and of the space.
    pub checked: (usize, usize),
    /// The fingerprint of the root that everything chains to.
    pub fingerprint: String,
    /// Whether that fingerprint was given from elsewhere. If not, the record is consistent, never genuine.
    pub is_genuine: bool,
    /// When the hub last said that the space ends where the record does.
    pub ended_at: Millis,
}

/// What a record is of.
pub enum Found {
    /// An opinion form with its result.
    Form(Box<FormState>, Box<FormResult>),
    /// A session: attendance, every vote and its result.
    Session(Box<SessionState>),
}

impl Recounted {
    /// A form's result; none for a session.
    pub fn form_result(&self) -> Option<&FormResult> {
        if let Found::Form(_, result) = &self.found { Some(result) } else { None }
    }

    /// A session's state; none for a form.
    pub fn session(&self) -> Option<&SessionState> {
        if let Found::Session(state) = &self.found { Some(state) } else { None }
    }
}

/// Why a record is refused.
#[derive(Debug, thiserror::Error)]
pub enum RecountError {
    /// Not a record, or not in its one encoding.
    #[error("not a record: {0}")]
    NotARecord(LedgerError),
    /// Written by a newer version.
    #[error("version {0} is not known here")]
    UnknownVersion(u8),
    /// An entry of the register does not verify.
    #[error("register entry {seq}: {error}")]
    Register {
        /// Its place.
        seq: u64,
        /// Why.
        error: LedgerError,
    },
    /// An entry of the form or session does not verify.
    #[error("entry {seq}: {error}")]
    Entry {
        /// Its place.
        seq: u64,
        /// Why.
        error: LedgerError,
    },
    /// The record does not end where it says.
    #[error("the record does not reach the head it names")]
    HeadDiffers,
    /// It belongs to another organisation.
    #[error("the root is {found}, not {expected}")]
    OtherRoot {
        /// In the record.
        found: String,
        /// Given.
        expected: String,
    },
    /// An entry can't be opened with the record's keys.
    #[error("{0} entries that may decide can't be opened")]
    KeyMissing(u32),
    /// There is no result yet.
    #[error("there is no result: it is not closed, or not everything is opened")]
    NoResult,
    /// There is one, and nobody has fixed it yet.
    #[error("the result is not settled yet: what counts may still change")]
    NotSettled,
    /// The hub's word on the end of the space is not its own, or is of another place.
    #[error("the signed head is not the hub's")]
    BadHead,
    /// A key is not the one that its name says.
    #[error("a key is not what its name says")]
    BadKey,
    /// A rule set or calendar that the record brings is not the one that the register added.
    #[error("an added law is not what the register says")]
    BadLaw,
    /// It was issued under rules or by a program that are not known here.
    #[error("it needs a newer version of this program")]
    NeedsNewer,
}

/// Checks a record and recomputes its result. `root` is the fingerprint, from elsewhere.
pub fn recount(bytes: &[u8], root: Option<&str>) -> Result<Recounted, RecountError> {
    recount_by(bytes, root, Law::shipped())
}

/// The same, by the law that another program brings.
pub fn recount_by(bytes: &[u8], root: Option<&str>, law: Law) -> Result<Recounted, RecountError> {
    let record: RecordV1 = decode(bytes).map_err(RecountError::NotARecord)?;
    if record.version != 1 {
        return Err(RecountError::UnknownVersion(record.version));
    }
    let (register, law) = check_register(&record, law)?;
    let fingerprint = VerifyingKey(register.founding_root.0).fingerprint();
    if let Some(expected) = root
        && !is_same(expected, &fingerprint)
    {
        return Err(RecountError::OtherRoot { found: fingerprint, expected: expected.to_owned() });
    }
    let found = match kind_of(&record)? {
        SpaceKind::Form => recount_form(&record, &register, &law)?,
        SpaceKind::Session => recount_session(&record, &register, &law)?,
        SpaceKind::Desk => return Err(RecountError::NoResult),
    };
    let checked = (record.register_entries.len(), record.entries.len());
    let ended_at = Millis(record.head.at_ms as i64);
    Ok(Recounted { found, checked, fingerprint, is_genuine: root.is_some(), ended_at })
}

/// What the first entry says that the space is for; it is verified with the others.
fn kind_of(record: &RecordV1) -> Result<SpaceKind, RecountError> {
    let wrong = |error| RecountError::Entry { seq: 1, error };
    let first = record.entries.first().ok_or(RecountError::HeadDiffers)?;
    let signed = Signed::decode(&first.entry).map_err(wrong)?;
    match ControlV1::read(signed.header.kind, &signed.body).map_err(wrong)? {
        ControlV1::SpaceOpened { kind, .. } => SpaceKind::of(kind).ok_or(RecountError::NeedsNewer),
        _ => Err(wrong(LedgerError::Malformed)),
    }
}

fn recount_form(record: &RecordV1, register: &Register, law: &Law) -> Result<Found, RecountError> {
    let state: FormState = check_space::<FormAct>(record, register, law)?;
    if state.needs_newer_app.is_some() {
        return Err(RecountError::NeedsNewer);
    }
    if state.waiting_for_keys > 0 {
        return Err(RecountError::KeyMissing(state.waiting_for_keys));
    }
    let result = state.result.clone().or_else(|| state.tellers_word().cloned());
    match (&state.phase, result) {
        (FormPhase::Closed { .. }, Some(_)) if !state.is_settled() => Err(RecountError::NotSettled),
        (FormPhase::Closed { .. }, Some(result)) => Ok(Found::Form(Box::new(state), Box::new(result))),
        _ => Err(RecountError::NoResult),
    }
}

/// What is sealed for fewer than all changes no vote: it need not be opened.
fn recount_session(record: &RecordV1, register: &Register, law: &Law) -> Result<Found, RecountError> {
    let state: SessionState = check_space::<SessionAct>(record, register, law)?;
    if state.needs_newer_app.is_some() {
        return Err(RecountError::NeedsNewer);
    }
    if state.votes.iter().any(|vote| vote.result.is_none()) {
        return Err(RecountError::NoResult);
    }
    match state.votes.iter().all(|vote| vote.settled.is_some()) {
        true => Ok(Found::Session(Box::new(state))),
        false => Err(RecountError::NotSettled),
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    digits(one) == digits(other)
}

/// The register, and the law that the record rests on: what a program brings, and what the register added with two signatures.
fn check_register(record: &RecordV1, mut law: Law) -> Result<(Register, Law), RecountError> {
    let mut thread = RegisterThread::new(record.org, record.register);
    let mut added = Vec::new();
    for (index, stamped) in record.register_entries.iter().enumerate() {
        let verified = thread
            .verify_next(&stamped.entry, &stamped.stamp)
            .map_err(|error| RecountError::Register { seq: index as u64 + 1, error })?;
        let opening = record.laws.iter().find(|o| o.entry == verified.signed.header.id && verified.void.is_none());
        if let Some(opening) = opening {
            let header = &verified.signed.header;
            let is_promised = header.place().commitment(&opening.salt.0, &opening.content) == header.commitment;
            match RegisterAct::read(header.kind, &opening.content).filter(|_| is_promised) {
                Some(RegisterAct::LawAdded(text)) => added.push((verified.signed.hash(), verified.author.person, text)),
                _ => return Err(RecountError::BadLaw),
            }
        }
    }
    let register = thread.register.ok_or(RecountError::Register { seq: 1, error: LedgerError::NotFounded })?;
    for (entry, by, text) in added {
        if register.confirmed.get(&entry).is_some_and(|people| people.iter().any(|p| Some(*p) != by)) {
            law = law.holding(&text);
        }
    }
    Ok((register, law))
}

/// Verifies a space to its end, and folds it.
fn check_space<M: Matter>(record: &RecordV1, register: &Register, law: &Law) -> Result<M::State, RecountError> {
    let (thread, entries) = verify_space(record, register)?;
    let space = thread.control.as_ref().ok_or(RecountError::HeadDiffers)?;
    // A key that is not what its name says might open what nobody meant.
    let read_key = |key: &RecordKeyV1| {
        let secret = Secret::read(&key.key).filter(|secret| secret.is(key.id, record.org, space));
        Ok((key.id, secret.ok_or(RecountError::BadKey)?))
    };
    let keys: BTreeMap<KeyId, Secret> = record.keys.iter().map(read_key).collect::<Result<_, RecountError>>()?;
    let (mut reader, mut facts) = (Reader::default(), Vec::new());
    for verified in &entries {
        let Some(person) = verified.author.person else { continue };
        let opened = open(&verified.signed, |key| keys.get(&key), []);
        let body = match (verified.signed.header.sealing, &opened) {
            (SealingV1::Pair(_), _) => Body::SealedAnswer,
            (_, Opened::Missing(_)) => Body::KeyMissing,
            (_, Opened::Broken) => Body::Broken,
            (_, Opened::Plain(salted)) => Body::Open(&salted[32..]),
        };
        // Sealed for a narrower audience whose key is not here: it is not for whoever reads the record.
        let is_for_me = match verified.signed.header.sealing {
            SealingV1::Key(key) | SealingV1::Outside(key) => space.audience(key).is_none(),
            _ => true,
        };
        let read = Read {
            signed: &verified.signed,
            seq: verified.stamp.seq,
            at_ms: verified.at_ms,
            person,
            roles: verified.author.roles,
            register_seq: verified.stamp.register.seq,
            body,
            is_for_me,
        };
        facts.extend(reader.read::<M>(&read, space, register));
    }
    let mut state = M::State::default();
    M::extend(&mut state, &facts, law);
    Ok(state)
}

fn verify_space(record: &RecordV1, register: &Register) -> Result<(Thread, Vec<Stamped>), RecountError> {
    let mut thread = Thread::new(record.org, record.space);
    let mut entries = Vec::with_capacity(record.entries.len());
    for (index, stamped) in record.entries.iter().enumerate() {
        let wrong = |error| match error {
            LedgerError::NeedsNewerApp => RecountError::NeedsNewer,
            error => RecountError::Entry { seq: index as u64 + 1, error },
        };
        entries.push(thread.verify_next(&stamped.entry, &stamped.stamp, register).map_err(wrong)?);
    }
    let head = &record.head;
    if thread.chain.head != head.head || record.entries.is_empty() || head.space != record.space {
        return Err(RecountError::HeadDiffers);
    }
    let is_hubs = head.org == record.org && head.verify().is_ok() && register.may_stamp(head.key, head.term);
    if is_hubs { Ok((thread, entries)) } else { Err(RecountError::BadHead) }
}
