//! What a kind of space is about: its acts, how they are read, and the state that they fold to.

use cabinet_acts::{Body, Known, read_form_act, read_session_act};
use cabinet_domain::{
    EntryId, Fact, FormAct, FormMay, FormState, Law, PersonId, Refusal, Roles, SessionAct, SessionMay, SessionRefusal,
    SessionState, SessionVerdict, Verdict,
};
use cabinet_ledger::SpaceKind;

/// An act of one kind of space.
pub trait Matter: Clone + Sized {
    /// The kind of space.
    const KIND: SpaceKind;
    /// What its facts fold to.
    type State: Clone + Default;
    /// Why its rules refuse an act.
    type Refusal;
    /// What a person may do.
    type May;

    /// What an entry says. `is_for_me` says whether this person should hold the key of a body that does not open.
    fn read(kind: u16, body: Body<'_>, is_for_me: bool, known: &dyn Known) -> Self;
    /// That a second person stands behind an entry; none where that means nothing.
    fn confirmed(entry: EntryId) -> Option<Self>;
    /// Folds the facts that follow.
    fn extend(state: &mut Self::State, facts: &[Fact<Self>], law: &Law);
    /// Folds a person's own facts that have no place yet.
    fn extend_with_pending(state: &mut Self::State, pending: &[Fact<Self>], law: &Law);
    /// Why the rules refused an entry, if they did; none for one that was never folded.
    fn refusal(state: &Self::State, entry: EntryId) -> Option<Result<(), Refused<Self>>>;
    /// What its rules let a person with such roles do now.
    fn may(state: &Self::State, person: PersonId, roles: Roles) -> Self::May;
}

/// A refusal of a kind of space.
pub type Refused<M> = <M as Matter>::Refusal;

impl Matter for FormAct {
    const KIND: SpaceKind = SpaceKind::Form;
    type State = FormState;
    type Refusal = Refusal;
    type May = FormMay;

    fn read(kind: u16, body: Body<'_>, is_for_me: bool, known: &dyn Known) -> Self {
        read_form_act(kind, body, is_for_me, known)
    }

    fn confirmed(entry: EntryId) -> Option<Self> {
        Some(FormAct::Confirmed { entry })
    }

    fn extend(state: &mut FormState, facts: &[Fact], law: &Law) {
        state.extend(facts, law);
    }

    fn extend_with_pending(state: &mut FormState, pending: &[Fact], law: &Law) {
        state.extend_with_pending(pending, law);
    }

    fn refusal(state: &FormState, entry: EntryId) -> Option<Result<(), Refusal>> {
        if state.needs_newer_app == Some(entry) {
            return Some(Err(Refusal::NeedsNewerApp));
        }
        state.verdict(entry).map(|verdict| match verdict {
            Verdict::Accepted => Ok(()),
            Verdict::Refused { reason } => Err(reason.clone()),
        })
    }

    fn may(state: &FormState, person: PersonId, roles: Roles) -> FormMay {
        state.may(person, roles)
    }
}

impl Matter for SessionAct {
    const KIND: SpaceKind = SpaceKind::Session;
    type State = SessionState;
    type Refusal = SessionRefusal;
    type May = SessionMay;

    fn read(kind: u16, body: Body<'_>, is_for_me: bool, known: &dyn Known) -> Self {
        read_session_act(kind, body, is_for_me, known)
    }

    fn confirmed(_: EntryId) -> Option<Self> {
        None
    }

    fn extend(state: &mut SessionState, facts: &[Fact<SessionAct>], law: &Law) {
        state.extend(facts, law);
    }

    fn extend_with_pending(state: &mut SessionState, pending: &[Fact<SessionAct>], law: &Law) {
        state.extend_with_pending(pending, law);
    }

    fn refusal(state: &SessionState, entry: EntryId) -> Option<Result<(), SessionRefusal>> {
        if state.needs_newer_app == Some(entry) {
            return Some(Err(SessionRefusal::NeedsNewerApp));
        }
        state.verdict(entry).map(|verdict| match verdict {
            SessionVerdict::Accepted => Ok(()),
            SessionVerdict::Refused { reason } => Err(reason.clone()),
        })
    }

    fn may(state: &SessionState, person: PersonId, roles: Roles) -> SessionMay {
        state.may(person, roles)
    }
}
