//! A store in memory for the simulator. Clones share one disk, so a laptop that dies and starts again finds what was committed.

use super::{Change, EntryRow, Hit, OutboxRow, Store};
use crate::VaultError;
use cabinet_domain::{excerpt, fold_for_search};
use cabinet_ledger::{KeyId, SpaceId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Everything in maps.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Disk>>);

#[derive(Clone, Default)]
struct Disk {
    meta: BTreeMap<String, Vec<u8>>,
    /// Shared, since a transaction begins with a copy of everything.
    entries: BTreeMap<(SpaceId, u64), Arc<EntryRow>>,
    outbox: Vec<OutboxRow>,
    keys: BTreeMap<KeyId, Vec<u8>>,
    chains: Vec<(SpaceId, Vec<u8>)>,
    views: BTreeMap<SpaceId, Vec<u8>>,
    text: Vec<(SpaceId, String, u32, String)>,
    /// What was there when the transaction began.
    before: Option<Box<Disk>>,
}

impl MemoryStore {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Disk {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Meta(name, Some(value)) => drop(self.meta.insert(name, value)),
            Change::Meta(name, None) => drop(self.meta.remove(&name)),
            Change::Entry(row) => drop(self.entries.insert((row.space, row.seq), Arc::new(row))),
            Change::Body(space, seq, body) => {
                if let Some(row) = self.entries.get_mut(&(space, seq)).map(Arc::make_mut) {
                    (row.body, row.missing_key) = (Some(body), None);
                }
            }
            Change::Signed(row) => self.outbox.push(row),
            Change::Receipt(id, stamp) => {
                self.outbox.iter_mut().filter(|r| r.id == id).for_each(|r| r.stamp = Some(stamp.clone()));
            }
            Change::Unreceipted(id) => self.outbox.iter_mut().filter(|r| r.id == id).for_each(OutboxRow::unreceipted),
            Change::Refusal(id, refusal) => {
                self.outbox.iter_mut().filter(|r| r.id == id).for_each(|r| r.refusal = Some(refusal.clone()));
            }
            Change::Cut(space, from) => self.entries.retain(|(of, seq), _| *of != space || *seq < from),
            Change::Settled(id) => self.outbox.retain(|r| r.id != id),
            Change::Key(id, secret) => drop(self.keys.insert(id, secret)),
            Change::Chain(space, chain) => match self.chains.iter_mut().find(|(s, _)| *s == space) {
                Some((_, known)) => *known = chain,
                None => self.chains.push((space, chain)),
            },
            Change::View(space, view) => drop(self.views.insert(space, view)),
            Change::Text { space, source, pages } => {
                self.text.retain(|(s, o, ..)| *s != space || *o != source);
                self.text.extend(pages.into_iter().map(|(page, text)| (space, source.clone(), page, text)));
            }
        }
    }
}

impl Store for MemoryStore {
    fn begin(&mut self) -> Result<(), VaultError> {
        let mut disk = self.disk();
        let before = disk.clone();
        disk.before = Some(Box::new(before));
        Ok(())
    }

    fn end(&mut self, keeps: bool) -> Result<(), VaultError> {
        let mut disk = self.disk();
        match disk.before.take() {
            Some(before) if !keeps => *disk = *before,
            _ => {}
        }
        Ok(())
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), VaultError> {
        let mut disk = self.disk();
        changes.into_iter().for_each(|c| disk.apply(c));
        Ok(())
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.disk().meta.get(name).cloned())
    }

    fn meta_names(&self, prefix: &str) -> Result<Vec<String>, VaultError> {
        let disk = self.disk();
        Ok(disk
            .meta
            .range(prefix.to_owned()..)
            .map(|(name, _)| name)
            .take_while(|n| n.starts_with(prefix))
            .cloned()
            .collect())
    }

    fn entries(&self, space: SpaceId, after: u64) -> Result<Vec<EntryRow>, VaultError> {
        Ok(self.disk().entries.range((space, after + 1)..=(space, u64::MAX)).map(|(_, r)| (**r).clone()).collect())
    }

    fn controls(&self, space: SpaceId) -> Result<Vec<EntryRow>, VaultError> {
        let mut rows = self.entries(space, 0)?;
        rows.retain(|r| cabinet_ledger::control_kind(r.kind));
        Ok(rows)
    }

    fn waiting_for(&self, key: KeyId) -> Result<Vec<EntryRow>, VaultError> {
        Ok(self.disk().entries.values().filter(|r| r.missing_key == Some(key)).map(|r| (**r).clone()).collect())
    }

    fn outbox(&self) -> Result<Vec<OutboxRow>, VaultError> {
        Ok(self.disk().outbox.clone())
    }

    fn keys(&self) -> Result<Vec<(KeyId, Vec<u8>)>, VaultError> {
        Ok(self.disk().keys.iter().map(|(k, v)| (*k, v.clone())).collect())
    }

    fn chains(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError> {
        Ok(self.disk().chains.clone())
    }

    fn views(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError> {
        Ok(self.disk().views.iter().map(|(k, v)| (*k, v.clone())).collect())
    }

    fn search(&self, words: &str, limit: u32) -> Result<Vec<Hit>, VaultError> {
        let folded = fold_for_search(words).replace('"', "");
        let has_all = |text: &str| folded.split_whitespace().all(|w| fold_for_search(text).contains(w));
        let disk = self.disk();
        let hits = disk.text.iter().filter(|(.., text)| has_all(text)).take(limit as usize);
        Ok(hits
            .map(|(space, source, page, text)| Hit {
                space: *space,
                source: source.clone(),
                page: *page,
                snippet: excerpt(text, words),
            })
            .collect())
    }
}
