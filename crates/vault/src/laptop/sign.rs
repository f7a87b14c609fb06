//! Signing: one transaction puts the entry into the outbox together with what the screen shows of it.

use super::{Laptop, Secret};
use crate::VaultError;
use crate::store::{Change, OutboxRow, Store};
use cabinet_ledger::*;
use cabinet_meaning::salted;
use cabinet_seal::{Recipient, make_bytes, make_uuid_v7, pad, seal_to};

/// How a new entry's body is sealed.
#[derive(Clone, Debug)]
pub enum Sealing {
    /// Control entries.
    Clear,
    /// Under the key of everybody in the space.
    Audience,
    /// Under the key of a narrower audience.
    Part(KeyId),
    /// To the public half of a pair and to the author's own key.
    Pair(KeyId),
    /// To the public half of an audience that the author is outside of.
    Outside(KeyId),
}

/// What a use case wants to say.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its id, where something is named after it; else one is made.
    pub id: Option<EntryId>,
    /// Its space; none founds one.
    pub space: Option<SpaceId>,
    /// Its kind.
    pub kind: u16,
    /// The entry that it answers or is about.
    pub about: Option<EntryId>,
    /// What it says.
    pub body: Vec<u8>,
    /// How it is sealed.
    pub sealing: Sealing,
    /// Entries it replaces or was made on.
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    pub papers: Vec<PaperNameV1>,
}

impl NewEntry {
    /// A control entry.
    pub fn control(space: Option<SpaceId>, control: &ControlV1) -> Self {
        NewEntry {
            id: None,
            space,
            kind: control.kind(),
            about: None,
            body: encode(control),
            sealing: Sealing::Clear,
            replaces: vec![],
            papers: vec![],
        }
    }

    /// An entry for everybody in the space.
    pub fn act(space: SpaceId, (kind, body): (u16, Vec<u8>)) -> Self {
        let (replaces, papers) = (vec![], vec![]);
        NewEntry { id: None, space: Some(space), kind, about: None, body, sealing: Sealing::Audience, replaces, papers }
    }
}

impl<S: Store> Laptop<S> {
    /// Signs an entry and leaves it in the outbox. Returns its id and its space.
    pub fn sign(&mut self, new: NewEntry, now_ms: u64) -> Result<(EntryId, SpaceId), VaultError> {
        self.sign_with(new, Vec::new(), now_ms)
    }

    /// The same, with more changes in the same transaction.
    pub fn sign_with(
        &mut self,
        new: NewEntry,
        mut changes: Vec<Change>,
        now_ms: u64,
    ) -> Result<(EntryId, SpaceId), VaultError> {
        let signed = self.make(&new, now_ms)?;
        let (id, space) = (signed.row.id, signed.row.space);
        changes.push(Change::Meta(counter_name(space), Some(signed.counted)));
        changes.push(Change::Signed(signed.row.clone()));
        self.commit(changes)?;
        self.outbox.push(signed.row);
        Ok((id, space))
    }

    /// Signs what a laptop says by itself, unless the hub has refused the very same: that waits until its person has seen it. Says whether it
    /// did.
    pub fn sign_by_itself(&mut self, new: NewEntry, now_ms: u64) -> Result<bool, VaultError> {
        let is_same = |row: &OutboxRow| {
            new.space == Some(row.space)
                && row.body.get(32..) == Some(&new.body)
                && Signed::decode(&row.entry).is_ok_and(|signed| signed.header.kind == new.kind)
        };
        if self.outbox.iter().any(|row| row.refusal.is_some() && is_same(row)) {
            return Ok(false);
        }
        self.sign(new, now_ms)?;
        Ok(true)
    }

    fn make(&mut self, new: &NewEntry, now_ms: u64) -> Result<Made, VaultError> {
        let me = self.me()?.clone();
        let id = new.id.unwrap_or_else(|| EntryId(make_uuid_v7(now_ms)));
        let author = AuthorV1::Device(me.device);
        let place = Place { org: me.org, space: new.space, id, kind: new.kind, author, about: new.about };
        let salt: [u8; 32] = match new.sealing {
            Sealing::Clear => [0; 32],
            _ => make_bytes(),
        };
        let (sealing, body) = self.seal(new, &place, &salt)?;
        let (counter, previous) = match new.space {
            Some(space) => self.counted(space)?,
            None => (0, Hash::NONE),
        };
        let seen = new.space.and_then(|s| self.chains.get(&s)).filter(|c| c.head.seq > 0);
        let unsigned = Unsigned {
            counter: counter + 1,
            previous,
            seen: seen.map_or(SeenV1::NOTHING, |c| SeenV1 { seq: c.head.seq, stamp: c.head.hash, term: c.term }),
            register: self.register().map_or(Head::START, Register::head),
            replaces: new.replaces.clone(),
            papers: new.papers.clone(),
            sealing,
            place,
        };
        let commitment = unsigned.place.commitment(&salt, &new.body);
        let signed = EntryV1::sign(unsigned, commitment, body, &me.signing_key());
        expect_readable(&signed)?;
        let counted = count(&signed);
        let (space, body) = (signed.space(), [&salt[..], &new.body].concat());
        let row = OutboxRow {
            id,
            space,
            entry: signed.bytes,
            body,
            signed_ms: now_ms,
            stamp: None,
            refusal: None,
            earlier: None,
        };
        Ok(Made { row, counted })
    }

    fn seal(&mut self, new: &NewEntry, place: &Place, salt: &[u8; 32]) -> Result<(SealingV1, Vec<u8>), VaultError> {
        if matches!(new.sealing, Sealing::Clear) {
            return Ok((SealingV1::Clear, new.body.clone()));
        }
        let space = new.space.ok_or(VaultError::SpaceUnknown)?;
        let control = self.control(space)?.ok_or(VaultError::SpaceUnknown)?;
        let padded = pad(&salted(salt, &new.body));
        if let Sealing::Pair(pair) = new.sealing {
            let mut recipients = vec![control.pair(pair).ok_or(VaultError::KeyMissing)?.public.recipient()?];
            recipients.extend(self.own_recipient()?);
            return Ok((SealingV1::Pair(pair), seal_to(&recipients, &padded)?));
        }
        if let Sealing::Outside(of) = new.sealing {
            let key = control.audience(of).and_then(|a| a.keys.last()).ok_or(VaultError::KeyMissing)?;
            return Ok((SealingV1::Outside(key.id), seal_to(&[key.public.recipient()?], &padded)?));
        }
        let of = if let Sealing::Part(key) = new.sealing { key } else { control.key() };
        // The newest key that has its place and is here: nobody waits because another is on its way.
        let stamped = self.stamped_control(space)?;
        let is_stamped = |key| stamped.as_ref().is_some_and(|s| s.origin(key).is_some());
        let held = |key| self.keys.contains_key(&key);
        let key = control.newest(of, |key| held(key) && is_stamped(key)).or_else(|| control.newest(of, held));
        let key = key.ok_or(VaultError::KeyMissing)?;
        let Some(Secret::Body(secret)) = self.keys.get(&key) else { return Err(VaultError::KeyMissing) };
        Ok((SealingV1::Key(key), secret.seal(&place.aad(), &padded)))
    }

    /// The public half of this person's newest own pair, by which all their laptops read their answers.
    fn own_recipient(&mut self) -> Result<Option<Recipient>, VaultError> {
        for desk in self.spaces(SpaceKind::Desk)? {
            let control = self.control(desk)?;
            let newest = control.iter().flat_map(|c| &c.pairs).rfind(|pair| pair.purpose == PairUse::Own);
            if let Some(pair) = newest {
                return Ok(Some(pair.public.recipient()?));
            }
        }
        Ok(None)
    }

    /// This laptop's counter in a space, and the hash of its last entry there.
    pub(super) fn counted(&self, space: SpaceId) -> Result<(u64, Hash), VaultError> {
        let stored = self.store.meta(&counter_name(space))?;
        let read = |bytes: Vec<u8>| {
            let (counter, hash) = bytes.split_first_chunk::<8>()?;
            Some((u64::from_be_bytes(*counter), Hash(hash.try_into().ok()?)))
        };
        Ok(stored.and_then(read).unwrap_or((0, Hash::NONE)))
    }
}

/// An entry for the outbox, and what its laptop's next one here goes on from.
struct Made {
    row: OutboxRow,
    counted: Vec<u8>,
}

/// Invariant: nothing is signed that is beyond the limits by which others read, and this laptop itself at its next start.
fn expect_readable(signed: &Signed) -> Result<(), VaultError> {
    if signed.bytes.len() > limits::ENTRY_BYTES_MAX {
        return Err(VaultError::EntryTooLarge { bytes: signed.bytes.len() });
    }
    let read = Signed::decode(&signed.bytes)?;
    if control_kind(read.header.kind) {
        ControlV1::read(read.header.kind, &read.body)?;
    }
    Ok(())
}

/// Counter and hash of an entry, as they are kept for the next.
pub(super) fn count(signed: &Signed) -> Vec<u8> {
    [&signed.header.counter.to_be_bytes()[..], &signed.hash().0].concat()
}

pub(super) fn counter_name(space: SpaceId) -> String {
    format!("counter {space}")
}
