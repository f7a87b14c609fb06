//! Recounts an exported form: every signature, the whole chain, every opening, and the result under the pinned rule; without the
//! app, the hub or a network.
//!
//! Entry points: [`recount`] for a record, [`tally::tally`] for a table of votes. Must never: trust a number that the record states.

pub mod tally;

use cabinet_acts::{Body, Opening, kind, read_form_act};
use cabinet_domain::{Calendar, Fact, FormPhase, FormResult, FormState, Grounds, Millis, Roles, RuleBook};
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
    /// The form, folded anew.
    pub state: FormState,
    /// Its result.
    pub result: FormResult,
    /// Entries checked, of register and form.
    pub checked: (usize, usize),
    /// The fingerprint of the root that everything chains to.
    pub fingerprint: String,
    /// Whether that fingerprint was given from elsewhere. If not, the record is consistent, never genuine.
    pub is_genuine: bool,
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
    /// An entry of the form does not verify.
    #[error("form entry {seq}: {error}")]
    Form {
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
    #[error("form entry {0} can't be opened")]
    KeyMissing(u64),
    /// The form has no result yet.
    #[error("the form has no result: it is not closed, or not all answers are opened")]
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
    let facts = check_form(&record, &register)?;
    let state = FormState::fold(&facts, &RuleBook::shipped(), &Calendar::shipped());
    if state.needs_newer_app.is_some() {
        return Err(RecountError::NeedsNewer);
    }
    let result = match (&state.phase, &state.result) {
        (FormPhase::Closed { .. }, Some(result)) => result.clone(),
        _ => return Err(RecountError::NoResult),
    };
    let checked = (record.register_entries.len(), record.entries.len());
    Ok(Recounted { state, result, checked, fingerprint, is_genuine: root.is_some() })
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

fn check_form(record: &RecordV1, register: &Register) -> Result<Vec<Fact>, RecountError> {
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
        let wrong = |error| RecountError::Form { seq, error };
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
        if header.kind == kind::ANSWERED {
            commitments.insert(header.id, header.commitment);
        }
        facts.push(fact(&verified, person, &keys, &commitments).ok_or(RecountError::KeyMissing(seq))?);
    }
    if chain.head != record.head || record.entries.is_empty() {
        return Err(RecountError::HeadDiffers);
    }
    Ok(facts)
}

fn fact(
    verified: &Stamped,
    person: PersonId,
    keys: &BTreeMap<KeyId, BodyKey>,
    commitments: &BTreeMap<EntryId, Hash>,
) -> Option<Fact> {
    let header = &verified.signed.header;
    let is_genuine = |o: &Opening| {
        let entry = EntryId(*o.entry.0.as_bytes());
        commitments.get(&entry) == Some(&EntryV1::commitment(&o.salt, &o.body))
    };
    let act = match header.sealing {
        SealingV1::Answer(_) => read_form_act(header.kind, Body::SealedAnswer, &is_genuine),
        SealingV1::Clear => return None,
        SealingV1::Key(key) => {
            let aad = Signed::aad(header.org, header.id, header.kind);
            let salted = keys.get(&key)?.open(&aad, &verified.signed.body);
            let salted = salted.and_then(|p| unpad(&p).map(<[u8]>::to_vec)).unwrap_or_default();
            let body = salted
                .split_first_chunk::<32>()
                .filter(|(salt, body)| EntryV1::commitment(salt, body) == header.commitment);
            read_form_act(header.kind, body.map_or(Body::Broken, |(_, b)| Body::Open(b)), &is_genuine)
        }
    };
    let entry = |id: EntryId| cabinet_domain::EntryId(Uuid::from_bytes(id.0));
    Some(Fact {
        id: entry(header.id),
        seq: verified.stamp.seq,
        at: Millis(verified.stamp.at_ms as i64),
        author: cabinet_domain::PersonId(Uuid::from_bytes(person.0)),
        device: cabinet_domain::DeviceId(Uuid::from_bytes(header.device.0)),
        counter: header.counter,
        roles: Roles(verified.author.roles),
        replaces: header.replaces.iter().copied().map(entry).collect(),
        act,
    })
}
