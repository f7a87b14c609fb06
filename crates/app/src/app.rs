//! One profile, opened or locked, with everything that runs beside it.

mod papers;

use crate::AppError;
use crate::network::{self, HubClient};
use crate::reader::Reader;
use cabinet_ledger::wire::{RefusalReason, SpaceHeadV1};
use cabinet_ledger::{EntryId, Hash, LedgerError, PaperNameV1, SpaceId};
use cabinet_sync::Request;
use cabinet_vault::{ArrivingPaper, Laptop, Me, Profile, SqlStore, Unlocked, VaultError};
use cabinet_work::{Exchange, WorkError};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Milliseconds since 1970: an argument, so that a year can be replayed in minutes.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How long to wait before another login is tried: at first about as long as a hub takes to start, twice as long each time, and at most so
/// long.
const LOGIN_RETRY_MS_MIN: u64 = 300;
const LOGIN_RETRY_MS_MAX: u64 = 3_000;
/// Wrong passphrases that cost no wait: a slip of the keyboard, a few times over.
const FREE_TRIES: u32 = 5;
/// The first wait after them; each wrong one doubles it, up to about an hour.
const TRY_AGAIN_MS: u64 = 15_000;
const TRY_DOUBLINGS_MAX: u32 = 9;
/// A laptop whose clock is further from the hub's than this says so.
pub(crate) const CLOCK_DIFFERENCE_MS_MAX: i64 = 2 * 60_000;

/// What the shell is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These spaces changed; all, if empty.
    Changed(Vec<SpaceId>),
    /// The state of sync changed.
    Sync,
}

type Listener = Box<dyn Fn(Event) + Send + Sync>;

/// The app. Clones are the same app.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) profile: Profile,
    clock: Clock,
    began: Instant,
    state: Mutex<State>,
    listener: Mutex<Option<Listener>>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) paper_wake: Arc<Notify>,
    /// Whether something that arrived found no room here.
    is_disk_full: AtomicBool,
    pub(crate) reader: Reader,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    hub: HubClock,
    client: Option<HubClient>,
    listening: Option<AbortHandle>,
    is_network_off: bool,
    next_login_ms: u64,
    login_failures: u32,
    /// Wrong passphrases since the last right one, and until when none is tried.
    wrong_passphrases: (u32, u64),
    papers: VecDeque<PaperNameV1>,
    fetches_up_to_bytes: Option<u64>,
    arriving: HashMap<Hash, ArrivingPaper>,
}

impl State {
    fn login_failed(&mut self, now_ms: u64) {
        self.next_login_ms = now_ms + (LOGIN_RETRY_MS_MIN << self.login_failures.min(8)).min(LOGIN_RETRY_MS_MAX);
        self.login_failures += 1;
    }
}

/// An unlocked vault with its sync machine.
pub(crate) struct Open {
    pub(crate) unlocked: Unlocked,
    pub(crate) exchange: Exchange,
    /// Spaces whose papers may be missing here.
    pub(crate) papers_due: BTreeSet<SpaceId>,
    /// Spaces in which something arrived, and in which what follows from it was not done yet.
    pub(crate) unkept: BTreeSet<SpaceId>,
    /// Spaces given up until the next start, and why.
    pub(crate) stopped: BTreeMap<SpaceId, LedgerError>,
    /// When the next form under way is due, by the hub's time; none until it was looked up.
    pub(crate) next_due_ms: Option<u64>,
    /// When what was left undone is looked at again, by the time that this app has run; `u64::MAX` if nothing was.
    pub(crate) look_again_ms: u64,
    /// What the folder beside the vault was last made to hold.
    mirrored: Option<Vec<EntryId>>,
}

impl Open {
    /// Makes the folder beside the vault hold what has to go out, where that is not what it held before. What the disk has no room for is tried
    /// again with the next act: the vault has it all, so nothing failed that somebody must hear of.
    fn mirror(&mut self, profile: &Profile) {
        let outbox = self.unlocked.laptop.outbox();
        let unsent = Some(outbox.iter().filter(|r| r.is_unsent()).map(|r| r.id).collect());
        if self.mirrored == unsent {
            return;
        }
        match profile.outbox().mirror(outbox) {
            Ok(()) => self.mirrored = unsent,
            Err(_) => tracing::warn!(place = "outbox", "failed"),
        }
    }
}

/// What is known of the hub's time.
#[derive(Clone, Copy, Default)]
pub(crate) struct HubClock {
    pub(crate) is_online: bool,
    is_logged_in: bool,
    pub(crate) is_refused: bool,
    offset_ms: i64,
    pub(crate) last_contact_ms: Option<u64>,
}

impl HubClock {
    pub(crate) fn heard(&mut self, hub_ms: u64, now_ms: u64) {
        self.offset_ms = hub_ms as i64 - now_ms as i64;
        self.last_contact_ms = Some(hub_ms);
    }

    /// The hub's time, as well as it is known.
    pub(crate) fn hub_now(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.offset_ms)
    }

    pub(crate) fn is_far_off(&self) -> bool {
        self.offset_ms.abs() > CLOCK_DIFFERENCE_MS_MAX
    }
}

impl App {
    /// The app on a profile folder. The network runs beside it as soon as the vault is open.
    pub fn new(folder: &Path, clock: Clock) -> Self {
        let app = App(Arc::new(Inner {
            profile: Profile::new(folder),
            clock,
            began: Instant::now(),
            state: Mutex::default(),
            listener: Mutex::default(),
            wake: Arc::default(),
            paper_wake: Arc::default(),
            is_disk_full: AtomicBool::new(false),
            reader: Reader::new(),
        }));
        app.load_hub();
        app
    }

    /// Starts what runs beside: the driver of sync, and the fetching of papers.
    pub fn start(&self) {
        tokio::spawn(network::drive(Arc::downgrade(&self.0)));
        tokio::spawn(network::fetch_papers(Arc::downgrade(&self.0)));
    }

    /// Who is told of changes.
    pub fn set_listener(&self, listener: impl Fn(Event) + Send + Sync + 'static) {
        *lock(&self.0.listener) = Some(Box::new(listener));
    }

    /// The time.
    pub fn now_ms(&self) -> u64 {
        (self.0.clock)()
    }

    /// Milliseconds since this app started: retries are timed by it, since a clock can be set.
    pub(crate) fn running_ms(&self) -> u64 {
        self.0.began.elapsed().as_millis() as u64
    }

    /// The profile's folder.
    pub fn folder(&self) -> &Path {
        self.0.profile.folder()
    }

    /// Whether no vault is open.
    pub fn is_locked(&self) -> bool {
        lock(&self.0.state).open.is_none()
    }

    /// Cuts this app off from the network, or lets it back.
    pub fn set_network_off(&self, is_off: bool) {
        {
            let mut state = lock(&self.0.state);
            state.is_network_off = is_off;
            state.next_login_ms = 0;
            if let Some(open) = &mut state.open {
                open.exchange.sync.wake();
            }
        }
        self.0.wake.notify_one();
        self.0.paper_wake.notify_one();
        self.emit(Event::Sync);
    }

    /// Whether this app was cut off on purpose.
    pub fn is_network_off(&self) -> bool {
        lock(&self.0.state).is_network_off
    }

    /// Why the hub takes nothing for now.
    pub(crate) fn hub_waits(&self) -> Option<RefusalReason> {
        lock(&self.0.state).open.as_ref().and_then(|open| open.exchange.sync.waits())
    }

    /// How many of this person's acts have no receipt.
    pub fn unsent(&self) -> usize {
        match &lock(&self.0.state).open {
            Some(open) => open.unlocked.laptop.outbox().iter().filter(|r| r.is_unsent()).count(),
            None => self.0.profile.outbox().waiting().map_or(0, |w| w.len()),
        }
    }

    /// Reads or changes the laptop, at the hub's time: deadlines and days are the hub's, whatever this laptop's clock says. Whatever it signed goes out.
    pub fn with_laptop<T>(
        &self,
        act: impl FnOnce(&mut Laptop<SqlStore>, u64) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut state = lock(&self.0.state);
        let now_ms = state.hub.hub_now(self.now_ms());
        let open = state.open.as_mut().ok_or(AppError::Locked)?;
        let before = open.unlocked.laptop.outbox().len();
        // One use case, one transaction: what is refused half-way leaves nothing behind.
        let result = open.unlocked.laptop.atomically(|laptop| act(laptop, now_ms));
        if open.unlocked.laptop.outbox().len() != before {
            open.exchange.refill(&open.unlocked.laptop)?;
            open.mirror(&self.0.profile);
            drop(state);
            self.0.wake.notify_one();
            self.emit(Event::Sync);
        }
        result.inspect_err(|error| self.heed_damage(error))
    }

    /// Refuses a try that comes too soon after wrong ones. Who guesses at a file need not ask this app; who guesses at its window must.
    pub(crate) fn expect_patience(&self) -> Result<(), AppError> {
        let until_ms = lock(&self.0.state).wrong_passphrases.1;
        let left_ms = until_ms.saturating_sub(self.running_ms());
        if left_ms > 0 { Err(AppError::TriedTooOften { seconds: left_ms.div_ceil(1_000) }) } else { Ok(()) }
    }

    /// A wrong passphrase: after a few, each costs twice as long a wait.
    pub(crate) fn was_wrong(&self) {
        let now_ms = self.running_ms();
        let (count, until_ms) = &mut lock(&self.0.state).wrong_passphrases;
        *count += 1;
        let doubled = count.saturating_sub(FREE_TRIES).min(TRY_DOUBLINGS_MAX);
        if doubled > 0 {
            *until_ms = now_ms + (TRY_AGAIN_MS << (doubled - 1));
        }
    }

    /// What could not be read is looked for, and mended, when the vault is next unlocked.
    pub(crate) fn heed_damage(&self, error: &AppError) {
        if error.is_damage() {
            let _ = self.0.profile.suspect();
        }
    }

    /// The same, for what a laptop does by itself.
    pub(crate) fn work<T>(
        &self,
        act: impl FnOnce(&mut Laptop<SqlStore>, u64) -> Result<T, WorkError>,
    ) -> Result<T, AppError> {
        self.with_laptop(|laptop, now_ms| Ok(act(laptop, now_ms)?))
    }

    pub(crate) fn with_open<T>(
        &self,
        act: impl FnOnce(&mut Open, &mut HubClock) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut state = lock(&self.0.state);
        let State { open, hub, fetches_up_to_bytes, .. } = &mut *state;
        let open = open.as_mut().ok_or(AppError::Locked)?;
        let result = act(open, hub).inspect_err(|error| self.heed_damage(error))?;
        open.mirror(&self.0.profile);
        let due = std::mem::take(&mut open.papers_due);
        let missing = papers::missing(self, &open.unlocked.laptop, &due, *fetches_up_to_bytes)?;
        if !missing.is_empty() {
            state.papers.retain(|p| !missing.contains(p));
            state.papers.extend(missing);
            self.0.paper_wake.notify_one();
        }
        Ok(result)
    }

    /// Takes a vault into use that was just made. What it was made for is done: if it can't be opened now, for want of room, say, it is locked and
    /// waits for its passphrase.
    pub(crate) fn open_made(&self, unlocked: Unlocked) {
        if let Err(error) = self.open(unlocked) {
            self.failed("open", &error);
            self.close();
        }
    }

    /// Takes an opened vault into use: merges what came while it was locked, and begins to sync.
    pub(crate) fn open(&self, mut unlocked: Unlocked) -> Result<(), AppError> {
        for (entry, answer) in self.0.profile.outbox().answers()? {
            if let Ok(answer) = cabinet_ledger::decode::<cabinet_ledger::wire::AppendedV1>(&answer) {
                let taken = match answer {
                    cabinet_ledger::wire::AppendedV1::Stamped(stamp) => unlocked.laptop.receipt(entry, &stamp),
                    cabinet_ledger::wire::AppendedV1::Refused(refusal) => unlocked.laptop.refused(entry, &refusal),
                };
                // What does not verify is no answer: the entry goes out again.
                drop(taken);
            }
        }
        let mut exchange = Exchange::new(&unlocked.laptop)?;
        papers::upload_own(self, &mut exchange, &unlocked.laptop)?;
        let papers_due = unlocked.laptop.heads().map(|(space, _)| space).collect();
        {
            let mut state = lock(&self.0.state);
            state.next_login_ms = 0;
            state.wrong_passphrases = (0, 0);
            state.hub.is_logged_in = false;
            state.hub.last_contact_ms = state.hub.last_contact_ms.or(unlocked.laptop.contact()?);
            let open = Open {
                unlocked,
                exchange,
                papers_due,
                unkept: BTreeSet::new(),
                stopped: BTreeMap::new(),
                next_due_ms: None,
                look_again_ms: u64::MAX,
                mirrored: None,
            };
            state.open = Some(open);
        }
        self.set_hub_from_laptop()?;
        self.with_open(|_, _| Ok(()))?;
        self.0.wake.notify_one();
        self.emit(Event::Changed(vec![]));
        Ok(())
    }

    /// Locks: keys leave memory, sending goes on.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.0.state);
        if let Some(open) = &mut state.open {
            // What the folder had no room for before goes with what is sent from now on.
            open.mirror(&self.0.profile);
        }
        state.open = None;
        state.arriving.clear();
        state.papers.clear();
        drop(state);
        self.0.reader.forget();
        self.emit(Event::Changed(vec![]));
    }

    /// The hub's time, as well as it is known.
    pub(crate) fn hub_now(&self) -> u64 {
        self.hub_clock().hub_now(self.now_ms())
    }

    pub(crate) fn hub_clock(&self) -> HubClock {
        lock(&self.0.state).hub
    }

    pub(crate) fn me(&self) -> Option<Me> {
        lock(&self.0.state).open.as_ref()?.unlocked.laptop.me().ok().cloned()
    }

    pub(crate) fn client(&self) -> Option<HubClient> {
        lock(&self.0.state).client.clone()
    }

    /// The hub's address and certificate lie beside the vault, so that a locked app can send. Neither is a secret.
    fn load_hub(&self) {
        let Ok(text) = std::fs::read_to_string(self.0.profile.folder().join("hub")) else { return };
        let Some((url, certificate)) = text.trim().split_once('#') else { return };
        if let Ok(client) = certificate.parse().map_err(|_| AppError::WrongHub).and_then(|c| HubClient::new(url, c)) {
            lock(&self.0.state).client = Some(client);
        }
    }

    fn set_hub_from_laptop(&self) -> Result<(), AppError> {
        let Some(me) = self.me() else { return Ok(()) };
        let line = format!("{}#{}\n", me.hub, me.hub_certificate);
        let path = self.0.profile.folder().join("hub");
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&line)
            && let Err(error) = cabinet_disk::write_whole(&path, line.as_bytes())
        {
            // Only who is locked asks for it; an open vault knows its hub.
            self.failed("hub", &VaultError::from(error).into());
        }
        lock(&self.0.state).client = Some(HubClient::new(&me.hub, me.hub_certificate)?);
        Ok(())
    }

    pub(crate) fn needs_login(&self) -> bool {
        let state = lock(&self.0.state);
        let has_me = state.open.as_ref().is_some_and(|o| o.unlocked.laptop.me().is_ok());
        has_me && !state.hub.is_logged_in && self.running_ms() >= state.next_login_ms
    }

    pub(crate) fn next_request(&self) -> Option<Request> {
        let now_ms = self.running_ms();
        lock(&self.0.state).open.as_mut()?.exchange.sync.next(now_ms)
    }

    pub(crate) fn has_more(&self) -> bool {
        let now_ms = self.running_ms();
        let mut state = lock(&self.0.state);
        state.open.as_mut().is_some_and(|o| o.exchange.sync.is_ready(now_ms))
    }

    pub(crate) fn sleep_ms(&self, max: u64) -> u64 {
        let now_ms = self.running_ms();
        let state = lock(&self.0.state);
        let at = state.open.as_ref().map_or(u64::MAX, |o| o.exchange.sync.wake_at_ms());
        let at = if state.hub.is_logged_in { at } else { at.min(state.next_login_ms.max(now_ms + 100)) };
        at.saturating_sub(now_ms).clamp(20, max)
    }

    pub(crate) fn logged_in(&self, is_logged_in: bool) {
        let mut state = lock(&self.0.state);
        (state.hub.is_logged_in, state.hub.is_online, state.hub.is_refused) = (is_logged_in, is_logged_in, false);
        if is_logged_in {
            state.login_failures = 0;
        }
        if let Some(open) = &mut state.open {
            open.exchange.sync.set_logged_in(is_logged_in);
        }
        drop(state);
        self.emit(Event::Sync);
    }

    /// The hub does not know this laptop, or no longer.
    pub(crate) fn not_admitted(&self) {
        let mut state = lock(&self.0.state);
        state.hub.is_online = true;
        state.hub.is_refused = true;
        state.login_failed(self.running_ms());
        drop(state);
        self.emit(Event::Sync);
    }

    /// This laptop was shut out: it keeps nothing.
    pub(crate) fn leave(&self) -> Result<(), AppError> {
        self.close();
        self.0.profile.leave()?;
        self.emit(Event::Changed(vec![]));
        Ok(())
    }

    pub(crate) fn went_offline(&self) {
        let mut state = lock(&self.0.state);
        let was_online = std::mem::take(&mut state.hub.is_online);
        state.hub.is_logged_in = false;
        state.login_failed(self.running_ms());
        if let Some(open) = &mut state.open {
            open.exchange.sync.set_logged_in(false);
        }
        drop(state);
        if was_online {
            self.emit(Event::Sync);
        }
    }

    /// One connection for announcements is enough: an older one, perhaps half dead, ends.
    pub(crate) fn listens(&self, listening: AbortHandle) {
        if let Some(older) = lock(&self.0.state).listening.replace(listening) {
            older.abort();
        }
    }

    /// The announcements ended: perhaps the hub restarted. Log in again at once, or soon where there never were any.
    pub(crate) fn connection_ended(&self, was_heard: bool) {
        let mut state = lock(&self.0.state);
        state.hub.is_logged_in = false;
        match was_heard {
            true => state.next_login_ms = 0,
            false => state.login_failed(self.running_ms()),
        }
        drop(state);
        self.0.wake.notify_one();
    }

    pub(crate) fn heard(&self, heads: &[SpaceHeadV1]) {
        if let Some(open) = &mut lock(&self.0.state).open {
            heads.iter().for_each(|head| open.exchange.sync.heard(*head));
        }
        self.0.wake.notify_one();
    }

    pub(crate) fn changed(&self, spaces: &[SpaceId]) {
        self.emit(Event::Changed(spaces.to_vec()));
    }

    pub(crate) fn failed(&self, place: &'static str, error: &AppError) {
        // Security: the code only; an error's facts may name what people wrote.
        let code = error.view().code;
        tracing::warn!(place, code, "failed");
        if code == "disk_full" && !self.0.is_disk_full.swap(true, Ordering::Relaxed) {
            self.emit(Event::Sync);
        }
    }

    /// Whether something that arrived found no room here, until there is some.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.0.is_disk_full.load(Ordering::Relaxed)
    }

    /// Something was done: if the disk was full, it is asked whether it still is.
    pub(crate) fn succeeded(&self) {
        if self.is_disk_full() && !self.0.profile.has_no_room() {
            self.0.is_disk_full.store(false, Ordering::Relaxed);
            self.emit(Event::Sync);
        }
    }

    pub(crate) fn emit(&self, event: Event) {
        if let Some(listener) = &*lock(&self.0.listener) {
            listener(event);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
