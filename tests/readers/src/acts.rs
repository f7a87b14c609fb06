//! What people do, as bytes, and what the rules make of it, in whatever order it comes and whoever says it.

use super::chosen;
use cabinet_acts::{
    Body, Known, Opening, RegisterAct, Tried, read_form_act, read_session_act, write_form_act, write_session_act,
};
use cabinet_domain::{
    DeviceId, EntryId, Fact, FormAct, Hash, Law, Millis, PairFacts, PersonId, Roles, SessionAct, Under,
};
use cabinet_meaning::Matter;
use minicbor::{Decode, Encode};
use std::sync::LazyLock;
use uuid::Uuid;

/// Whoever signs, nothing is known to be false: the rules alone have to stand.
struct Trusting;

impl Known for Trusting {
    fn is_genuine(&self, _: &Opening) -> bool {
        true
    }

    fn tried(&self, _: EntryId, proof: &[u8]) -> Tried {
        match proof.split_first() {
            None => Tried::Worthless,
            Some((0, _)) => Tried::Spoiled,
            Some((_, rest)) => Tried::Opens(rest.to_vec()),
        }
    }

    fn pair(&self, pair: Hash) -> Option<PairFacts> {
        (pair.0[0] != 0).then_some(PairFacts { is_tellers: pair.0[0] != 1, is_for_few: pair.0[0] == 2 })
    }

    fn prevented(&self) -> Vec<PersonId> {
        Vec::new()
    }
}

/// An act of a form is written as it was read.
pub fn form(bytes: &[u8]) {
    let Some((kind, body)) = chosen(bytes) else { return };
    let act = read_form_act(kind, Body::Open(body), true, &Trusting);
    if let Some(written) = write_form_act(&act) {
        assert_eq!(written, (kind, body.to_vec()));
    }
}

/// An act in a session is written as it was read.
pub fn session(bytes: &[u8]) {
    let Some((kind, body)) = chosen(bytes) else { return };
    let act = read_session_act(kind, Body::Open(body), true, &Trusting);
    if let Some(written) = write_session_act(&act) {
        assert_eq!(written, (kind, body.to_vec()));
    }
}

/// An act in the register is written as it was read.
pub fn register(bytes: &[u8]) {
    let Some((kind, body)) = chosen(bytes) else { return };
    if let Some(act) = RegisterAct::read(kind, body) {
        assert_eq!(act.write(), (kind, body.to_vec()));
    }
}

/// One line of a course of things, as this reader alone writes it: who says what, when and under which key.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub struct Line {
    /// Its id, and the device that signed it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Who says it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub author: [u8; 16],
    /// With which roles.
    #[n(2)]
    pub roles: u16,
    /// How long after the line before.
    #[n(3)]
    pub after_ms: u32,
    /// Under the space's key, drafts', items' or openings', where it is no pair's.
    #[n(4)]
    pub under: u8,
    /// Under which pair.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub pair: Option<[u8; 32]>,
    /// What it is about.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub about: Option<[u8; 16]>,
    /// What it replaces, if anything.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub replaces: Option<[u8; 16]>,
    /// The kind of entry.
    #[n(8)]
    pub kind: u16,
    /// Its body.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

/// The facts that lines say; where one can't be read, those before it.
fn facts<M: Matter>(bytes: &[u8]) -> Vec<Fact<M>> {
    const BEGINS_MS: i64 = 1_791_700_000_000;
    let mut lines = minicbor::Decoder::new(bytes);
    let (mut facts, mut at) = (Vec::new(), Millis(BEGINS_MS));
    while let Ok(line) = lines.decode::<Line>() {
        at = Millis(at.0 + i64::from(line.after_ms));
        let entry = |id: [u8; 16]| EntryId(Uuid::from_bytes(id));
        let act = M::read(line.kind, Body::Open(&line.body), true, &Trusting);
        facts.push(Fact {
            id: entry(line.id),
            seq: facts.len() as u64 + 1,
            at,
            author: PersonId(Uuid::from_bytes(line.author)),
            device: DeviceId(Uuid::from_bytes(line.author)),
            counter: facts.len() as u64 + 1,
            roles: Roles(line.roles),
            about: line.about.map(entry),
            under: match (line.pair, line.under) {
                (Some(pair), _) => Under::Pair(Hash(pair)),
                (None, 1) => Under::Drafts,
                (None, 2) => Under::Items,
                (None, 3) => Under::Openings,
                (None, _) => Under::Space,
            },
            replaces: line.replaces.map(entry).into_iter().collect(),
            act,
        });
    }
    facts
}

/// Folds lines in one go, one at a time, and the last of them as somebody's own that have no place yet: it is the same state.
fn fold<M: Matter>(bytes: &[u8], hash: fn(&M::State) -> Hash) {
    static LAW: LazyLock<Law> = LazyLock::new(Law::shipped);
    let facts = facts::<M>(bytes);
    let mut whole = M::State::default();
    M::extend(&mut whole, &facts, &LAW);
    let mut stepwise = M::State::default();
    facts.iter().for_each(|fact| M::extend(&mut stepwise, std::slice::from_ref(fact), &LAW));
    assert_eq!(hash(&whole).0, hash(&stepwise).0, "a state does not hang on how entries came");
    let (stamped, own) = facts.split_at(facts.len() / 2);
    let mut pending = M::State::default();
    M::extend(&mut pending, stamped, &LAW);
    M::extend_with_pending(&mut pending, own, &LAW);
}

/// A course of things in a form.
pub fn form_fold(bytes: &[u8]) {
    fold::<FormAct>(bytes, |state| state.hash());
}

/// A course of things in a session.
pub fn session_fold(bytes: &[u8]) {
    fold::<SessionAct>(bytes, |state| {
        // What lists and screens ask of a state, for whoever looks.
        let draft = state.agenda.version();
        let _ = (draft.items().len(), draft.title().len(), state.agenda.conflicts().count(), state.current());
        state.hash()
    });
}
