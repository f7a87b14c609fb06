//! What a laptop holds of each kind of space: its state as stamped and as this person left it, what its rules would make of an act, what lists
//! and search show. Written once; a kind of space says only what differs.

use super::briefs::View;
use super::facts::ReadUpTo;
use super::folded::Folded;
use super::{Laptop, Pending};
use crate::VaultError;
use crate::store::Store;
use cabinet_domain::{EntryId as FactId, Fact, Millis, Paper, Roles, Under};
use cabinet_ledger::{EntryId, Hash, SpaceId};
use cabinet_meaning::{Matter, Refused, domain_device, domain_entry, domain_person};
use std::sync::Arc;

/// An act of a kind of space that a laptop shows.
pub trait Held: Matter + PartialEq + 'static {
    /// What lists show of one without folding it again.
    type Brief: Clone;
    /// What search calls it.
    const NAME: &'static str;

    /// Where the laptop keeps its states.
    fn folded<S>(laptop: &Laptop<S>) -> &Folded<Self>;
    /// Whose key pair an act of this person's is sealed to, beyond the space's own key.
    fn under(&self, state: &Self::State) -> Under;
    /// Whether a state rests on law or a fold that this program does not have.
    fn needs_newer_app(state: &Self::State) -> bool;
    /// What lists show; none before there is anything to show.
    fn brief<S: Store>(laptop: &Laptop<S>, state: &Self::State) -> Option<Self::Brief>;
    /// The same, as lists keep it.
    fn into_view(brief: Self::Brief) -> View;
    /// The same back; none for another kind of space.
    fn of_view(view: &View) -> Option<&Self::Brief>;
    /// What search finds.
    fn text(state: &Self::State) -> String;
    /// A paper that the state names, of its draft or of anything that was sent.
    fn paper(state: &Self::State, hash: Hash) -> Option<Paper>;
    /// Whether a fault of the simulator's is on that looks at all facts of a space at once. `clock_ms` is that of this laptop, if it goes wrong.
    fn is_distorted() -> bool;
    /// What such a fault does to them.
    fn distort(facts: &mut Vec<Fact<Self>>, clock_ms: Option<u64>);
}

impl<S: Store> Laptop<S> {
    /// The state of a space from stamped entries only: the same on every laptop that holds them and the same keys.
    pub fn state<M: Held>(&self, space: SpaceId) -> Result<Arc<M::State>, VaultError> {
        let distort = |facts: &mut Vec<Fact<M>>| self.distort(facts);
        self.folded(M::folded(self), space, M::is_distorted().then_some(&distort))
    }

    /// A space's state as this person left it: own entries that have no place yet come last.
    pub fn state_with_pending<M: Held>(&self, space: SpaceId) -> Result<Arc<M::State>, VaultError> {
        self.folded_with_pending(M::folded(self), space, self.state::<M>(space)?)
    }

    /// What the rules would make of an act of this person's, were it the next: asked before anything is signed.
    pub fn would<M: Held>(
        &self,
        space: SpaceId,
        act: M,
        about: Option<EntryId>,
        replaces: &[EntryId],
        now_ms: u64,
    ) -> Result<Result<(), Refused<M>>, VaultError> {
        let me = self.me()?;
        let mut state = self.state_with_pending::<M>(space)?;
        let id = domain_entry(EntryId([0; 16]));
        let fact = Fact {
            id,
            seq: self.head_seq(space) + self.outbox.len() as u64 + 1,
            at: Millis(now_ms as i64),
            author: domain_person(me.person),
            device: domain_device(me.device),
            counter: u64::MAX,
            roles: Roles(self.my_roles()),
            about: about.map(domain_entry),
            under: act.under(&state),
            replaces: replaces.iter().copied().map(domain_entry).collect(),
            act,
        };
        M::extend(Arc::make_mut(&mut state), &[fact], self.law());
        M::refusal(&state, id).ok_or(VaultError::NeedsNewerApp)
    }

    /// What the rules let this person do, as they see the space.
    pub fn may<M: Held>(&self, state: &M::State) -> Result<M::May, VaultError> {
        Ok(M::may(state, domain_person(self.me()?.person), Roles(self.my_roles())))
    }

    /// Whether this person has said the very same there, whatever the rules made of it: to say it again would change nothing.
    pub fn has_said<M: Held>(&self, space: SpaceId, act: &M) -> bool {
        M::folded(self).has_said(space, act)
    }

    /// What an entry of this person's says that has its place.
    pub fn own_act<M: Held>(&self, space: SpaceId, entry: FactId) -> Result<Option<M>, VaultError> {
        self.state::<M>(space)?;
        Ok(M::folded(self).own(space, entry))
    }

    /// Own entries of a space that have no place in it yet.
    pub fn pending<M: Held>(&self, space: SpaceId) -> Result<Vec<Pending<M>>, VaultError> {
        self.state::<M>(space)?;
        M::folded(self).with_read(space, |read| self.pending_of(space, read))
    }

    /// The facts of a space, in sequence.
    pub fn facts<M: Held>(&self, space: SpaceId) -> Result<Vec<Fact<M>>, VaultError> {
        let mut facts = self.facts_after(space, &mut ReadUpTo::default())?;
        self.distort(&mut facts);
        Ok(facts)
    }

    /// All spaces of a kind with what lists show of them.
    pub fn briefs<M: Held>(&self) -> impl Iterator<Item = (SpaceId, &M::Brief)> {
        self.views.iter().filter_map(|(space, view)| M::of_view(view).map(|brief| (*space, brief)))
    }

    /// What lists show of a space with own pending entries on top; none before there is anything to show.
    pub fn brief_with_pending<M: Held>(&self, space: SpaceId) -> Result<Option<M::Brief>, VaultError> {
        Ok(M::brief(self, &*self.state_with_pending::<M>(space)?))
    }

    fn distort<M: Held>(&self, facts: &mut Vec<Fact<M>>) {
        M::distort(facts, self.me.as_ref().and_then(|me| cabinet_fault::clock_of(me.device.0)));
    }
}
