//! The machine: one request at a time, entries in the order in which they were signed.

use crate::backoff::Backoff;
use crate::{Effect, Reply, Request};
use cabinet_ledger::wire::{AppendV1, AppendedV1, AppendsV1, RefusalReason, SpaceHeadV1};
use cabinet_ledger::{EntryId, PaperNameV1, SpaceId, limits};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Limit: how often the heads are asked for when nobody announces them.
const POLL_MS: u64 = 15_000;
/// How long uploads rest after one was refused; nothing else waits for them.
const UPLOAD_AGAIN_MS: u64 = 3_000;

/// An entry that waits for its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id: chosen once, so that a resend is harmless.
    pub entry: EntryId,
    /// Its space.
    pub space: SpaceId,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The receipt that it had before the hub lost it.
    pub earlier: Option<Vec<u8>>,
    /// Papers that must be on the hub before it is sent: nobody is sent a form whose papers are still on the way.
    pub after: Vec<PaperNameV1>,
}

/// The state of one laptop's sync.
#[derive(Clone, Debug, Default)]
pub struct Sync {
    outbox: VecDeque<Outgoing>,
    uploads: VecDeque<(PaperNameV1, SpaceId)>,
    uploads_from_ms: u64,
    uploaded: BTreeSet<PaperNameV1>,
    cursors: BTreeMap<SpaceId, u64>,
    /// In the order in which they were first heard of, so that a replay asks in the same order.
    heads: Vec<(SpaceId, u64)>,
    register: Option<SpaceId>,
    /// Where the hub stands in spaces in which this laptop has seen more.
    hub_behind: BTreeMap<SpaceId, u64>,
    /// Spaces of which the hub took nothing back when it was asked: it may just have got them from others.
    not_taken_back: BTreeSet<SpaceId>,
    in_flight: Option<Request>,
    /// Why the hub takes nothing for now.
    waits: Option<RefusalReason>,
    backoff: Backoff,
    next_poll_ms: u64,
    is_logged_in: bool,
    is_closed: BTreeSet<SpaceId>,
    /// The space whose page is being stored.
    just_read: Option<SpaceId>,
    /// Spaces whose last page brought them no further: asked again with the next poll, when more is heard of them, or when the register has
    /// moved.
    stalled: BTreeSet<SpaceId>,
    /// Spaces whose last place is read again, since the hub says that another stamp stands there.
    again: BTreeSet<SpaceId>,
}

impl Sync {
    /// A machine that knows its register.
    pub fn new(register: Option<SpaceId>) -> Self {
        Sync { register, ..Sync::default() }
    }

    /// Adds an entry behind those that wait already. The same id twice is one entry.
    pub fn enqueue(&mut self, outgoing: Outgoing) {
        if !self.outbox.iter().any(|o| o.entry == outgoing.entry) {
            self.outbox.push_back(outgoing);
        }
    }

    /// Adds a paper to upload.
    pub fn upload(&mut self, paper: PaperNameV1, space: SpaceId) {
        if !self.uploaded.contains(&paper) && !self.uploads.iter().any(|(p, _)| *p == paper) {
            self.uploads.push_back((paper, space));
        }
    }

    /// The driver stored a space up to a sequence number.
    pub fn stored(&mut self, space: SpaceId, seq: u64) {
        let was_read = self.just_read.take() == Some(space);
        let has_moved = self.cursors.insert(space, seq) != Some(seq);
        if has_moved && Some(space) == self.register {
            self.stalled.clear();
        }
        if was_read && !has_moved {
            self.stalled.insert(space);
        }
        self.heard(SpaceHeadV1::at(space, seq));
    }

    /// Somebody says a space has come this far.
    pub fn heard(&mut self, head: SpaceHeadV1) {
        match self.heads.iter_mut().find(|(space, _)| *space == head.space) {
            Some((_, known)) => {
                if head.seq > *known {
                    self.stalled.remove(&head.space);
                }
                *known = (*known).max(head.seq);
            }
            None => self.heads.push((head.space, head.seq)),
        }
    }

    /// The driver can't go on with a space (it is damaged, forked, or needs a newer app); it is not asked for again.
    pub fn give_up(&mut self, space: SpaceId) {
        self.is_closed.insert(space);
    }

    /// The last place of a space is read once more: the hub says that another stamp stands there.
    pub fn read_again(&mut self, space: SpaceId) {
        if !self.is_closed.contains(&space) {
            self.again.insert(space);
        }
    }

    /// The driver can go on with a space from a place.
    pub fn reopen(&mut self, space: SpaceId, seq: u64) {
        self.is_closed.remove(&space);
        self.stored(space, seq);
    }

    /// The driver holds a login, or lost it. Appends need none.
    pub fn set_logged_in(&mut self, is_logged_in: bool) {
        self.is_logged_in = is_logged_in;
        if is_logged_in {
            self.next_poll_ms = 0;
        }
    }

    /// The network came back: try at once.
    pub fn wake(&mut self) {
        self.backoff.succeeded();
        self.poll();
    }

    /// What came of a request could not be kept: it is asked for again, later.
    pub fn not_kept(&mut self, now_ms: u64) {
        self.backoff.failed(now_ms);
        self.next_poll_ms = 0;
    }

    /// Asks the hub for its heads and its time next.
    pub fn poll(&mut self) {
        self.next_poll_ms = 0;
    }

    /// Entries that wait for a receipt.
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Why the hub takes nothing of what waits, since it last said so.
    pub fn waits(&self) -> Option<RefusalReason> {
        self.waits.filter(|_| !self.outbox.is_empty())
    }

    /// Spaces whose entries are known to be missing here.
    pub fn behind(&self) -> usize {
        self.heads.iter().filter(|(s, head)| *head > self.cursor(*s)).count()
    }

    /// When [`Sync::next`] is worth asking again, if it just said none.
    pub fn wake_at_ms(&self) -> u64 {
        let may_upload = self.is_logged_in && !self.uploads.is_empty();
        match self.backoff.is_failing() {
            true => self.backoff.until_ms(),
            false if may_upload => self.next_poll_ms.min(self.uploads_from_ms),
            false => self.next_poll_ms,
        }
    }

    /// Whether [`Sync::next`] would find something.
    pub fn is_ready(&self, now_ms: u64) -> bool {
        self.choose(now_ms).is_some()
    }

    /// What to ask the hub now; none while a request is under way, while waiting after a failure, or when all is done.
    pub fn next(&mut self, now_ms: u64) -> Option<Request> {
        let request = self.choose(now_ms);
        if request.is_some() {
            self.in_flight.clone_from(&request);
        }
        request
    }

    fn choose(&self, now_ms: u64) -> Option<Request> {
        if self.in_flight.is_some() || self.backoff.is_waiting(now_ms) {
            return None;
        }
        let read = self.next_read();
        let of_register = read.clone().filter(|r| self.is_of_register(r));
        let request = self
            .next_hand_back()
            .or(of_register)
            .or_else(|| self.next_append())
            .or(read)
            .or_else(|| self.next_upload(now_ms));
        request.or_else(|| self.next_poll(now_ms))
    }

    /// What to do with the reply to the request under way.
    pub fn done(&mut self, reply: Reply, now_ms: u64) -> Vec<Effect> {
        let Some(request) = self.in_flight.take() else { return Vec::new() };
        if reply == Reply::Unreachable {
            self.backoff.failed(now_ms);
            return vec![Effect::Online(false)];
        }
        if let Reply::Refused(reason) = reply {
            return self.refused(request, reason, now_ms);
        }
        self.backoff.succeeded();
        let mut effects = vec![Effect::Online(true)];
        match (request, reply) {
            (Request::Append { entries, .. }, Reply::Appended(appended)) if entries.len() == appended.answers.len() => {
                for (entry, answer) in entries.into_iter().zip(appended.answers) {
                    effects.extend(self.appended(entry, answer, now_ms));
                }
            }
            (Request::Read { space, .. }, Reply::Page(page)) => {
                self.heard(SpaceHeadV1::at(space, page.head_seq));
                self.just_read = Some(space);
                self.again.remove(&space);
                effects.push(Effect::Entries { space, page });
            }
            (Request::Spaces, Reply::Spaces(spaces)) => {
                self.next_poll_ms = now_ms + POLL_MS;
                self.stalled.clear();
                effects.extend(self.find_behind(&spaces.spaces));
                effects.push(Effect::Ends(spaces.spaces.clone()));
                spaces.spaces.into_iter().for_each(|head| self.heard(head));
            }
            (Request::HandBack { space, after }, Reply::HandedBack(head)) => {
                if head.seq <= after || head.seq >= self.cursor(space) {
                    self.hub_behind.remove(&space);
                } else {
                    self.hub_behind.insert(space, head.seq);
                }
            }
            (Request::Upload { paper, .. }, Reply::Uploaded) => {
                self.uploaded.insert(paper);
                self.uploads.retain(|(p, _)| *p != paper);
                effects.push(Effect::Uploaded { paper });
            }
            // A reply to another question is no reply.
            _ => self.backoff.failed(now_ms),
        }
        effects
    }

    /// Spaces in which the hub knows less than this laptop: it was restored from a backup, or forgot.
    fn find_behind(&mut self, heads: &[SpaceHeadV1]) -> Vec<Effect> {
        let hub = |space: &SpaceId| heads.iter().find(|h| h.space == *space).map_or(0, |h| h.seq);
        self.hub_behind = self
            .cursors
            .iter()
            .map(|(s, seq)| (*s, *seq, hub(s)))
            .filter(|(_, here, hub)| hub < here)
            .map(|(s, _, hub)| (s, hub))
            .collect();
        self.not_taken_back.retain(|space| self.hub_behind.contains_key(space));
        self.hub_behind.iter().map(|(space, seq)| Effect::HubBehind { space: *space, seq: *seq }).collect()
    }

    /// The register first: what follows is judged by it.
    fn next_hand_back(&self) -> Option<Request> {
        if !self.is_logged_in {
            return None;
        }
        let register = self.register.and_then(|r| self.hub_behind.get_key_value(&r));
        let (space, after) = register.or_else(|| self.hub_behind.first_key_value())?;
        Some(Request::HandBack { space: *space, after: *after })
    }

    fn cursor(&self, space: SpaceId) -> u64 {
        self.cursors.get(&space).copied().unwrap_or(0)
    }

    fn next_append(&self) -> Option<Request> {
        let ready = |o: &&Outgoing| o.after.iter().all(|p| !self.uploads.iter().any(|(u, _)| u == p));
        // A space's entries keep their order: one that waits for papers holds back those behind it.
        let mut held = BTreeSet::new();
        let free = self.outbox.iter().filter(|o| {
            let is_free = !held.contains(&o.space) && ready(o);
            if !is_free {
                held.insert(o.space);
            }
            is_free
        });
        let mut bytes = 0;
        let fits = |o: &&Outgoing| {
            bytes += o.bytes.len() + o.earlier.as_ref().map_or(0, Vec::len);
            bytes <= limits::APPEND_BYTES_MAX
        };
        let append =
            |o: &Outgoing| AppendV1 { entry: o.bytes.clone().into(), earlier: o.earlier.clone().map(Into::into) };
        let (entries, appends): (Vec<EntryId>, Vec<AppendV1>) =
            free.take(limits::APPENDS_MAX).take_while(fits).map(|o| (o.entry, append(o))).unzip();
        (!entries.is_empty()).then_some(Request::Append { entries, appends: AppendsV1 { entries: appends } })
    }

    /// The register first: other spaces are judged by it.
    fn next_read(&self) -> Option<Request> {
        if !self.is_logged_in {
            return None;
        }
        if let Some(space) = self.again.first() {
            return Some(Request::Read { space: *space, after: self.cursor(*space).saturating_sub(1) });
        }
        let is_behind = |(space, head): &&(SpaceId, u64)| {
            *head > self.cursor(*space) && !self.is_closed.contains(space) && !self.stalled.contains(space)
        };
        // The register first.
        let register = self.heads.iter().find(|(space, _)| Some(*space) == self.register).filter(is_behind);
        let (space, _) = *register.or_else(|| self.heads.iter().find(is_behind))?;
        Some(Request::Read { space, after: self.cursor(space) })
    }

    /// The register is read before anything is sent: a receipt under a stamp key that it has just named means nothing without it.
    fn is_of_register(&self, request: &Request) -> bool {
        matches!(request, Request::Read { space, .. } if Some(*space) == self.register)
    }

    fn next_upload(&self, now_ms: u64) -> Option<Request> {
        // A clock that was set back silences nothing.
        let is_due = now_ms >= self.uploads_from_ms || self.uploads_from_ms - now_ms > UPLOAD_AGAIN_MS;
        let (paper, space) = *self.uploads.front().filter(|_| self.is_logged_in && is_due)?;
        Some(Request::Upload { paper, space })
    }

    fn next_poll(&self, now_ms: u64) -> Option<Request> {
        let is_due = now_ms >= self.next_poll_ms || self.next_poll_ms - now_ms > POLL_MS;
        (self.is_logged_in && is_due).then_some(Request::Spaces)
    }

    fn appended(&mut self, entry: EntryId, appended: AppendedV1, now_ms: u64) -> Option<Effect> {
        match appended {
            AppendedV1::Stamped(stamp) => {
                self.waits = None;
                self.outbox.retain(|o| o.entry != entry);
                Some(Effect::Receipt { entry, stamp: stamp.to_vec() })
            }
            AppendedV1::Refused(refusal) if refusal.reason.is_passing() => {
                self.waits = Some(refusal.reason);
                self.backoff.failed(now_ms);
                None
            }
            AppendedV1::Refused(refusal) => {
                self.outbox.retain(|o| o.entry != entry);
                Some(Effect::Refused { entry, refusal })
            }
        }
    }

    fn refused(&mut self, request: Request, reason: RefusalReason, now_ms: u64) -> Vec<Effect> {
        let mut effects = vec![Effect::Online(true)];
        match (reason, request) {
            (RefusalReason::NotLoggedIn, _) => {
                self.is_logged_in = false;
                effects.push(Effect::LoginNeeded);
            }
            // A space that may no longer be read is not asked for again.
            (RefusalReason::NotAllowed | RefusalReason::SpaceUnknown, Request::Read { space, .. }) => {
                self.heads.retain(|(s, _)| *s != space);
                self.again.remove(&space);
            }
            // A space that is not listed at all is one that this laptop may no longer read.
            (RefusalReason::NotAllowed, Request::HandBack { space, after }) => {
                self.hub_behind.remove(&space);
                // Asked once more at once, since it may have been listed meanwhile; then with the polls, or a hub that lists nothing would
                // be asked without a pause.
                if self.not_taken_back.insert(space) {
                    self.next_poll_ms = now_ms;
                } else if after > 0 {
                    effects.push(Effect::HubForgot { space, seq: after });
                }
            }
            // Uploads go round, so that one paper that the hub does not want yet, or that another laptop brings, holds up nothing else.
            (_, Request::Upload { .. }) => {
                self.uploads.rotate_left(1);
                self.uploads_from_ms = now_ms + UPLOAD_AGAIN_MS;
            }
            (_, Request::Append { .. }) => {
                self.waits = Some(reason);
                self.backoff.failed(now_ms);
            }
            _ => self.backoff.failed(now_ms),
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cabinet_ledger::Hash;
    use cabinet_ledger::wire::{AppendedAllV1, PageV1, SpacesV1};

    fn outgoing(n: u8, after: Vec<PaperNameV1>) -> Outgoing {
        Outgoing { entry: EntryId([n; 16]), space: SpaceId([1; 32]), bytes: vec![n], earlier: None, after }
    }

    fn stamped(count: usize) -> Reply {
        Reply::Appended(AppendedAllV1 { answers: vec![AppendedV1::Stamped(vec![].into()); count] })
    }

    fn append(ids: &[u8]) -> Option<Request> {
        let entries = ids.iter().map(|n| EntryId([*n; 16])).collect();
        let append = |n: &u8| AppendV1 { entry: vec![*n].into(), earlier: None };
        Some(Request::Append { entries, appends: AppendsV1 { entries: ids.iter().map(append).collect() } })
    }

    #[test]
    fn entries_are_sent_in_order_and_each_until_its_receipt() {
        let mut sync = Sync::new(None);
        sync.enqueue(outgoing(1, vec![]));
        sync.enqueue(outgoing(1, vec![]));
        sync.enqueue(outgoing(2, vec![]));
        assert_eq!(sync.waiting(), 2);
        assert_eq!(sync.next(0), append(&[1, 2]), "all that waits goes at once");
        assert_eq!(sync.next(0), None, "one request at a time");
        sync.done(Reply::Unreachable, 0);
        assert_eq!(sync.next(0), None, "waits after a failure");
        assert_eq!(sync.next(10_000), append(&[1, 2]));
        sync.done(stamped(2), 10_000);
        assert_eq!(sync.waiting(), 0);
    }

    #[test]
    fn what_could_not_be_kept_is_asked_for_again_after_a_while() {
        let mut sync = Sync::new(None);
        sync.set_logged_in(true);
        let space = SpaceId([1; 32]);
        sync.heard(SpaceHeadV1::at(space, 1));
        let read = Some(Request::Read { space, after: 0 });
        assert_eq!(sync.next(0), read);
        sync.done(Reply::Page(Box::new(PageV1 { entries: vec![], head_seq: 1, head: None })), 0);
        sync.not_kept(0);
        assert_eq!(sync.next(0), None, "a disk that is full has no more room the moment after");
        assert_eq!(sync.next(10_000), read);
    }

    #[test]
    fn what_a_hub_takes_nothing_for_is_known_until_it_takes_something() {
        let mut sync = Sync::new(None);
        sync.enqueue(outgoing(1, vec![]));
        sync.next(0);
        sync.done(Reply::Refused(RefusalReason::ClockWrong), 0);
        assert_eq!(sync.waits(), Some(RefusalReason::ClockWrong));
        assert_eq!(sync.next(10_000), append(&[1]), "it is kept and sent again");
        sync.done(stamped(1), 10_000);
        assert_eq!(sync.waits(), None);
    }

    #[test]
    fn each_entry_of_a_request_is_answered_for_itself() {
        let mut sync = Sync::new(None);
        (1..=3).for_each(|n| sync.enqueue(outgoing(n, vec![])));
        sync.next(0);
        // As it comes over the wire: organisation, entry, reason, time, signature.
        let refused = |reason: u8| {
            let zeros = [&[0x58, 0x20][..], &[0; 32]].concat();
            let bytes = [&[0x85], &zeros[..], &zeros, &[reason, 0, 0x40]].concat();
            AppendedV1::Refused(cabinet_ledger::decode(&bytes).expect("a refusal"))
        };
        let answers = vec![refused(5), AppendedV1::Stamped(vec![].into()), refused(12)];
        let effects = sync.done(Reply::Appended(AppendedAllV1 { answers }), 0);
        assert!(matches!(effects[1], Effect::Refused { .. }));
        assert!(matches!(effects[2], Effect::Receipt { .. }));
        assert_eq!(sync.next(10_000), append(&[3]), "what is refused for now goes again");
    }

    #[test]
    fn form_is_sent_after_its_papers() {
        let paper = PaperNameV1 { hash: Hash([5; 32]), size_bytes: 9, pieces: Hash([6; 32]) };
        let mut sync = Sync::new(None);
        sync.set_logged_in(true);
        sync.enqueue(outgoing(1, vec![]));
        sync.upload(paper, SpaceId([1; 32]));
        sync.enqueue(outgoing(2, vec![paper]));
        sync.enqueue(outgoing(3, vec![]));
        assert_eq!(sync.next(0), append(&[1]));
        sync.done(stamped(1), 0);
        assert_eq!(sync.next(0), Some(Request::Upload { paper, space: SpaceId([1; 32]) }));
        sync.done(Reply::Uploaded, 0);
        assert_eq!(sync.next(0), append(&[2, 3]));
    }

    #[test]
    fn register_is_read_before_any_other_space() {
        let register = SpaceId([9; 32]);
        let mut sync = Sync::new(Some(register));
        sync.set_logged_in(true);
        sync.heard(SpaceHeadV1::at(SpaceId([1; 32]), 4));
        sync.heard(SpaceHeadV1::at(register, 2));
        sync.enqueue(outgoing(1, vec![]));
        assert_eq!(sync.next(0), Some(Request::Read { space: register, after: 0 }), "nor is anything sent before it");
        sync.stored(register, 2);
        sync.done(Reply::Page(Box::new(PageV1 { entries: vec![], head_seq: 2, head: None })), 0);
        assert!(
            matches!(sync.next(0), Some(Request::Append { .. })),
            "what waits goes out before what others wrote comes in"
        );
    }

    #[test]
    fn hub_forgot_only_if_it_still_stands_behind_after_it_took_nothing_back() {
        let space = SpaceId([1; 32]);
        let mut sync = Sync::new(None);
        sync.set_logged_in(true);
        sync.stored(space, 4);
        let heads = |seq| Reply::Spaces(SpacesV1 { spaces: vec![SpaceHeadV1::at(space, seq)], at_ms: 0 });
        let told = |sync: &mut Sync, seq| {
            assert_eq!(sync.next(0), Some(Request::Spaces));
            sync.done(heads(seq), 0);
            let Some(Request::HandBack { .. }) = sync.next(0) else { return vec![] };
            sync.done(Reply::Refused(RefusalReason::NotAllowed), 0)
        };
        let forgot = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::HubForgot { .. }));
        assert!(!forgot(&told(&mut sync, 2)), "others may have handed it back meanwhile");
        assert!(!forgot(&told(&mut sync, 4)));
        sync.set_logged_in(true);
        assert!(!forgot(&told(&mut sync, 2)));
        assert!(forgot(&told(&mut sync, 2)));
        assert_eq!(sync.next(0), None, "a hub that refuses again and again is asked at the next poll");
    }

    #[test]
    fn page_that_brings_no_further_is_asked_for_at_the_next_poll() {
        let space = SpaceId([1; 32]);
        let mut sync = Sync::new(None);
        sync.set_logged_in(true);
        sync.done(Reply::Spaces(SpacesV1 { spaces: vec![], at_ms: 0 }), 0);
        sync.next(0);
        sync.done(Reply::Spaces(SpacesV1 { spaces: vec![SpaceHeadV1::at(space, 4)], at_ms: 0 }), 0);
        assert!(matches!(sync.next(0), Some(Request::Read { .. })));
        sync.done(Reply::Page(Box::new(PageV1 { entries: vec![], head_seq: 4, head: None })), 0);
        sync.stored(space, 0);
        assert!(
            sync.next(0).is_some(),
            "an empty page of a space never seen before is no progress either, but the first"
        );
        sync.done(Reply::Page(Box::new(PageV1 { entries: vec![], head_seq: 4, head: None })), 0);
        sync.stored(space, 0);
        assert_eq!(sync.next(0), None);
        sync.heard(SpaceHeadV1::at(space, 5));
        assert!(sync.next(0).is_some());
    }

    #[test]
    fn clock_set_back_does_not_silence_the_laptop() {
        let mut sync = Sync::new(None);
        sync.enqueue(outgoing(1, vec![]));
        sync.next(1_000_000_000);
        sync.done(Reply::Unreachable, 1_000_000_000);
        assert!(sync.next(5_000).is_some());
    }

    #[test]
    fn locked_app_still_sends_but_reads_nothing() {
        let mut sync = Sync::new(None);
        sync.heard(SpaceHeadV1::at(SpaceId([1; 32]), 4));
        sync.enqueue(outgoing(1, vec![]));
        assert!(matches!(sync.next(0), Some(Request::Append { .. })));
        sync.done(stamped(1), 0);
        assert_eq!(sync.next(0), None);
    }
}
