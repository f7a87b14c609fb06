//! Recounts an exported form or session: every signature, the whole chain, every opening, and the results under the pinned rule; without the
//! app, the hub or a network.
//!
//! Entry points: [`recount`] for a record, [`tally::tally`] for a table of votes. Must never: trust a number that the record states.

pub mod tally;

use cabinet_acts::{Body, Opening, read_form_act, read_session_act, session_kind};
use cabinet_domain::{Fact, FormPhase, FormResult, FormState, Grounds, Law, Millis, Roles, SessionState};
use cabinet_ledger::*;
use cabinet_seal::{BodyKey, VerifyingKey, unpad};
use std::collections::BTreeMap;
use uuid::Uuid;

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
    #[error("entry {0} can't be opened")]
    KeyMissing(u64),
    /// There is no result yet.
    #[error("there is no result: it is not closed, or not everything is opened")]
    NoResult,
    /// It was issued under rules or by a program that are not known here.
    #[error("it needs a newer version of this program")]
    NeedsNewer,
}

/// Checks a record and recomputes its result. `root` is the fingerprint, from elsewhere.
pub fn recount(bytes: &[u8], root: Option<&str>) -> Result<Recounted, RecountError> {
    let record: RecordV1 = decode(bytes).map_err(RecountError::NotARecord)?;
    if record.version != 1 {
        return Err(RecountError::UnknownVersion(record.version));
    }
    let register = check_register(&record)?;
    let fingerprint = VerifyingKey(register.founding_root.0).fingerprint();
    if let Some(expected) = root
        && !is_same(expected, &fingerprint)
    {
        return Err(RecountError::OtherRoot { found: fingerprint, expected: expected.to_owned() });
    }
    let found = match kind_of(&record)? {
        SpaceKind::Form => recount_form(&record, &register)?,
        SpaceKind::Session => recount_session(&record, &register)?,
        SpaceKind::Desk => return Err(RecountError::NoResult),
    };
    let checked = (record.register_entries.len(), record.entries.len());
    Ok(Recounted { found, checked, fingerprint, is_genuine: root.is_some() })
}

/// What the first entry says that the space is for; it is verified with the others.
fn kind_of(record: &RecordV1) -> Result<SpaceKind, RecountError> {
    let wrong = |error| RecountError::Entry { seq: 1, error };
    let first = record.entries.first().ok_or(RecountError::HeadDiffers)?;
    let signed = Signed::decode(&first.entry).map_err(wrong)?;
    match ControlV1::read(signed.header.kind, &signed.body).map_err(wrong)? {
        ControlV1::SpaceOpened { kind, .. } => Ok(kind),
        _ => Err(wrong(LedgerError::Malformed)),
    }
}

fn recount_form(record: &RecordV1, register: &Register) -> Result<Found, RecountError> {
    let facts = check_space(record, register, &|kind, body, is_genuine| match body {
        Body::KeyMissing => None,
        body => Some(read_form_act(kind, body, true, is_genuine)),
    })?;
    let state = FormState::fold(&facts, &Law::shipped());
    if state.needs_newer_app.is_some() {
        return Err(RecountError::NeedsNewer);
    }
    match (&state.phase, state.result.clone()) {
        (FormPhase::Closed { .. }, Some(result)) => Ok(Found::Form(Box::new(state), Box::new(result))),
        _ => Err(RecountError::NoResult),
    }
}

/// Edits that are sealed for fewer than all change no vote: they need not be opened.
fn recount_session(record: &RecordV1, register: &Register) -> Result<Found, RecountError> {
    let facts = check_space(record, register, &|kind, body, is_genuine| match body {
        Body::KeyMissing if kind != session_kind::EDITED => None,
        body => Some(read_session_act(kind, body, false, is_genuine)),
    })?;
    let state = SessionState::fold(&facts, &Law::shipped());
    if state.needs_newer_app.is_some() {
        return Err(RecountError::NeedsNewer);
    }
    match state.votes.iter().any(|vote| vote.result.is_none()) {
        true => Err(RecountError::NoResult),
        false => Ok(Found::Session(Box::new(state))),
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    digits(one) == digits(other)
}

fn check_register(record: &RecordV1) -> Result<Register, RecountError> {
    let mut chain = Chain::new(record.org, record.register);
    let mut register = None;
    for (index, stamped) in record.register_entries.iter().enumerate() {
        verify_register(&mut chain, &mut register, &stamped.entry, &stamped.stamp)
            .map_err(|error| RecountError::Register { seq: index as u64 + 1, error })?;
    }
    register.ok_or(RecountError::Register { seq: 1, error: LedgerError::NotFounded })
}

/// What an entry means; none if it can't be opened and must be.
type ReadAct<'a, A> = &'a dyn Fn(u16, Body<'_>, &dyn Fn(&Opening) -> bool) -> Option<A>;

fn check_space<A>(record: &RecordV1, register: &Register, read: ReadAct<'_, A>) -> Result<Vec<Fact<A>>, RecountError> {
    let keys: BTreeMap<KeyId, BodyKey> = record
        .keys
        .iter()
        .filter_map(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
        .map(BodyKey::from_bytes)
        .map(|key| (KeyId(key.id()), key))
        .collect();
    let mut chain = Chain::new(record.org, record.space);
    let (mut control, mut facts) = (None, Vec::new());
    let mut commitments = BTreeMap::new();
    for (index, stamped) in record.entries.iter().enumerate() {
        let seq = index as u64 + 1;
        let wrong = |error| RecountError::Entry { seq, error };
        let verified = chain.verify_next(&stamped.entry, &stamped.stamp, register, control.as_ref()).map_err(wrong)?;
        let person = verified.author.person.ok_or(wrong(LedgerError::Malformed))?;
        let header = &verified.signed.header;
        if control_kind(header.kind) {
            let body = ControlV1::read(header.kind, &verified.signed.body).map_err(wrong)?;
            Space::fold(&mut control, &body, person, verified.author.roles);
            if control.is_none() {
                return Err(wrong(LedgerError::Malformed));
            }
            continue;
        }
        if matches!(header.sealing, SealingV1::Answer(_)) {
            commitments.insert(header.id, header.commitment);
        }
        let is_genuine = |o: &Opening| {
            let entry = EntryId(*o.entry.0.as_bytes());
            commitments.get(&entry) == Some(&EntryV1::commitment(&o.salt, &o.body))
        };
        let opened = opened(&verified.signed, &keys);
        let body = match (header.sealing, &opened) {
            (SealingV1::Answer(_), _) => Body::SealedAnswer,
            (SealingV1::Clear, _) => return Err(wrong(LedgerError::Malformed)),
            (SealingV1::Key(_), None) => Body::KeyMissing,
            (SealingV1::Key(_), Some(None)) => Body::Broken,
            (SealingV1::Key(_), Some(Some(body))) => Body::Open(body),
        };
        let act = read(header.kind, body, &is_genuine).ok_or(RecountError::KeyMissing(seq))?;
        facts.push(fact(&verified, person, act));
    }
    if chain.head != record.head || record.entries.is_empty() {
        return Err(RecountError::HeadDiffers);
    }
    Ok(facts)
}

/// The plain body of an entry: outer none without its key, inner none if it is not what was signed.
fn opened(signed: &Signed, keys: &BTreeMap<KeyId, BodyKey>) -> Option<Option<Vec<u8>>> {
    let header = &signed.header;
    let SealingV1::Key(key) = header.sealing else { return None };
    let aad = Signed::aad(header.org, header.id, header.kind);
    let salted = keys.get(&key)?.open(&aad, &signed.body);
    let salted = salted.and_then(|p| unpad(&p).map(<[u8]>::to_vec)).unwrap_or_default();
    let body = salted
        .split_first_chunk::<32>()
        .filter(|(salt, body)| EntryV1::commitment(salt, body) == header.commitment)
        .map(|(_, body)| body.to_vec());
    Some(body)
}

fn fact<A>(verified: &Stamped, person: PersonId, act: A) -> Fact<A> {
    let header = &verified.signed.header;
    let entry = |id: EntryId| cabinet_domain::EntryId(Uuid::from_bytes(id.0));
    Fact {
        id: entry(header.id),
        seq: verified.stamp.seq,
        at: Millis(verified.stamp.at_ms as i64),
        author: cabinet_domain::PersonId(Uuid::from_bytes(person.0)),
        device: cabinet_domain::DeviceId(Uuid::from_bytes(header.device.0)),
        counter: header.counter,
        roles: Roles(verified.author.roles),
        replaces: header.replaces.iter().copied().map(entry).collect(),
        act,
    }
}
