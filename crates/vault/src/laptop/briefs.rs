//! What lists show of the spaces without folding them again, and what search finds of them.

use super::{FormBrief, Held, Laptop, SessionBrief};
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_domain::{FormAct, Paper, PersonId, SessionAct};
use cabinet_ledger::{Hash, SpaceId, SpaceKind};
use cabinet_meaning::domain_person;
use serde::{Deserialize, Serialize};

/// Version of what is kept for lists: a view of another is folded anew, and so is one that can't be read.
const VIEW_VERSION: u32 = 2;

/// What is kept of a space for lists.
#[derive(Serialize, Deserialize)]
struct Kept<V> {
    version: u32,
    view: V,
}

/// What lists show of a space.
#[derive(Serialize, Deserialize)]
pub enum View {
    /// A form.
    Form(FormBrief),
    /// A session.
    Session(SessionBrief),
    /// It rests on law, a fold or a kind of space that this program does not have.
    NeedsNewerApp,
}

/// A space in the lists, with what search finds of it: of what, and the text.
struct Listed {
    view: View,
    text: Option<(&'static str, String)>,
}

impl Kept<View> {
    fn read(bytes: &[u8]) -> Option<View> {
        let kept: Self = serde_json::from_slice(bytes).ok()?;
        (kept.version == VIEW_VERSION).then_some(kept.view)
    }
}

impl Kept<&View> {
    fn write(view: &View) -> Vec<u8> {
        serde_json::to_vec(&Kept { version: VIEW_VERSION, view }).expect("a brief has string keys only")
    }
}

impl<S: Store> Laptop<S> {
    /// Spaces that only a newer program can show.
    pub fn needing_newer_app(&self) -> impl Iterator<Item = SpaceId> {
        self.views.iter().filter(|(_, view)| matches!(view, View::NeedsNewerApp)).map(|(space, _)| *space)
    }

    /// Reads what the store keeps for lists. Returns the spaces whose view another version of the program kept.
    pub(super) fn load_views(&mut self) -> Result<Vec<SpaceId>, VaultError> {
        let mut stale = Vec::new();
        self.views.clear();
        self.searched.clear();
        for (space, bytes) in self.store.views()? {
            match Kept::read(&bytes) {
                Some(view) => drop(self.views.insert(space, view)),
                None => stale.push(space),
            }
        }
        Ok(stale)
    }

    /// Brings lists and the search index up to date with the spaces that changed.
    pub(super) fn refresh_views(&mut self, touched: &[SpaceId]) -> Result<(), VaultError> {
        let (mut changes, mut views, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for space in touched {
            let Some(Listed { view, text }) = self.view(*space)? else { continue };
            if let Some((source, text)) = text.filter(|(_, text)| self.searched.get(space) != Some(text)) {
                texts.push((*space, text.clone()));
                changes.push(Change::Text { space: *space, source: source.into(), pages: vec![(0, text)] });
            }
            changes.push(Change::View(*space, Kept::write(&view)));
            views.push((*space, view));
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.commit(changes)?;
        // What is shown is never ahead of the disk.
        self.views.extend(views);
        self.searched.extend(texts);
        Ok(())
    }

    /// What lists show of a space, and what search finds of it; none for what is in no list.
    fn view(&self, space: SpaceId) -> Result<Option<Listed>, VaultError> {
        let Some(control) = self.stamped_control(space)? else { return Ok(None) };
        match control.kind {
            _ if !control.is_known() => Ok(Some(Listed { view: View::NeedsNewerApp, text: None })),
            Some(SpaceKind::Form) => self.listed::<FormAct>(space),
            Some(SpaceKind::Session) => self.listed::<SessionAct>(space),
            Some(SpaceKind::Desk) | None => Ok(None),
        }
    }

    /// A paper that a space names, as this person sees the space.
    pub fn paper(&self, space: SpaceId, hash: Hash) -> Result<Option<Paper>, VaultError> {
        match self.control(space)?.and_then(|control| control.kind) {
            Some(SpaceKind::Form) => Ok(FormAct::paper(&*self.state_with_pending::<FormAct>(space)?, hash)),
            Some(SpaceKind::Session) => Ok(SessionAct::paper(&*self.state_with_pending::<SessionAct>(space)?, hash)),
            Some(SpaceKind::Desk) | None => Ok(None),
        }
    }

    fn listed<M: Held>(&self, space: SpaceId) -> Result<Option<Listed>, VaultError> {
        let state = self.state::<M>(space)?;
        if M::needs_newer_app(&state) {
            return Ok(Some(Listed { view: View::NeedsNewerApp, text: None }));
        }
        let text = Some((M::NAME, M::text(&state)));
        Ok(M::brief(self, &state).map(|brief| Listed { view: M::into_view(brief), text }))
    }

    pub(super) fn my_person(&self) -> Option<PersonId> {
        Some(domain_person(self.me.as_ref()?.person))
    }
}
