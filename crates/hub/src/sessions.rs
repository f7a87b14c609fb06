//! Logins: a challenge answered with the device's key, then a token. Rates are counted here too.

use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::{DeviceId, Hash, limits};
use cabinet_seal::make_bytes;
use std::collections::HashMap;
use std::net::IpAddr;

/// Limit: logins of one device that hold at a time; its oldest gives way, nobody else's.
const LOGINS_OF_ONE_MAX: usize = 4;
/// Limit: guests whose requests are counted; beyond it, those of earlier windows are forgotten.
const COUNTED_MAX: usize = 10_000;
/// Milliseconds over which requests are averaged.
const WINDOW_MS: u64 = 10_000;

/// Whose request it is, as far as the hub can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guest {
    /// A laptop that has logged in.
    Device(DeviceId),
    /// Anybody else.
    Address(IpAddr),
}

/// Logins and request counts, in memory: after a restart everybody logs in again. Challenges are not kept: whoever asks for many takes nobody's
/// place.
pub struct Sessions {
    /// What challenges are made with.
    secret: [u8; 32],
    /// Challenges that were answered, until they would end.
    answered: HashMap<Hash, u64>,
    sessions: HashMap<String, (DeviceId, u64)>,
    requests: HashMap<Guest, (u64, u32)>,
}

impl Default for Sessions {
    fn default() -> Self {
        let (answered, sessions, requests) = (HashMap::new(), HashMap::new(), HashMap::new());
        Sessions { secret: make_bytes(), answered, sessions, requests }
    }
}

impl Sessions {
    /// A challenge for a device: the time and a random number, and behind them the seal of both for this device.
    pub fn challenge(&self, device: DeviceId, now_ms: u64) -> Hash {
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&now_ms.to_be_bytes());
        nonce[8..16].copy_from_slice(&make_bytes::<8>());
        let seal = self.seal_of(&nonce, device);
        nonce[16..].copy_from_slice(&seal);
        Hash(nonce)
    }

    fn seal_of(&self, nonce: &[u8; 32], device: DeviceId) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        let hash = hasher.update(&nonce[..16]).update(&device.0).finalize();
        *hash.as_bytes().first_chunk().expect("a hash is longer")
    }

    /// Whether a challenge is one of this hub's for this device, and still holds.
    pub fn expect_challenge(&self, nonce: Hash, device: DeviceId, now_ms: u64) -> Result<(), RefusalReason> {
        let made_ms = u64::from_be_bytes(*nonce.0.first_chunk().expect("a hash is longer"));
        let is_ours = nonce.0[16..] == self.seal_of(&nonce.0, device);
        let holds =
            now_ms >= made_ms && now_ms - made_ms <= limits::CHALLENGE_MS && !self.answered.contains_key(&nonce);
        if is_ours && holds { Ok(()) } else { Err(RefusalReason::NotLoggedIn) }
    }

    /// Uses a challenge up, once its answer was found good.
    pub fn answered(&mut self, nonce: Hash, device: DeviceId, now_ms: u64) -> Result<(), RefusalReason> {
        self.expect_challenge(nonce, device, now_ms)?;
        self.answered.retain(|_, until| *until >= now_ms);
        self.answered.insert(nonce, now_ms + limits::CHALLENGE_MS);
        Ok(())
    }

    /// A login for a device.
    pub fn open(&mut self, device: DeviceId, now_ms: u64) -> String {
        self.sessions.retain(|_, (_, until)| *until >= now_ms);
        let of_device = |s: &Self| s.sessions.values().filter(|(d, _)| *d == device).count();
        while of_device(self) >= LOGINS_OF_ONE_MAX {
            let own = self.sessions.iter().filter(|(_, (d, _))| *d == device);
            let oldest = own.min_by_key(|(_, (_, until))| *until).map(|(token, _)| token.clone());
            oldest.map(|token| self.sessions.remove(&token));
        }
        let token: String = make_bytes::<32>().iter().map(|b| format!("{b:02x}")).collect();
        self.sessions.insert(token.clone(), (device, now_ms + limits::SESSION_MS));
        token
    }

    /// Whose login it is.
    pub fn device(&self, token: &str, now_ms: u64) -> Result<DeviceId, RefusalReason> {
        let found = self.sessions.get(token).filter(|(_, until)| now_ms <= *until);
        found.map(|(device, _)| *device).ok_or(RefusalReason::NotLoggedIn)
    }

    /// Counts a request in the window of now.
    pub fn count(&mut self, guest: Guest, now_ms: u64) -> Result<(), RefusalReason> {
        let window = now_ms / WINDOW_MS;
        if self.requests.len() >= COUNTED_MAX {
            self.requests.retain(|_, (counted, _)| *counted == window);
        }
        let per_second = match guest {
            Guest::Device(_) => limits::REQUESTS_PER_SECOND,
            Guest::Address(_) => limits::OPEN_REQUESTS_PER_SECOND,
        };
        let counted = self.requests.entry(guest).or_default();
        if counted.0 != window {
            *counted = (window, 0);
        }
        counted.1 += 1;
        let is_too_many = u64::from(counted.1) > u64::from(per_second) * WINDOW_MS / 1_000;
        if is_too_many { Err(RefusalReason::TooManyRequests) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: DeviceId = DeviceId([1; 16]);
    const TWO: DeviceId = DeviceId([2; 16]);

    #[test]
    fn challenge_is_used_once_and_only_by_who_asked_and_in_time() {
        let mut sessions = Sessions::default();
        let nonce = sessions.challenge(ONE, 5);
        assert_eq!(sessions.answered(nonce, TWO, 5), Err(RefusalReason::NotLoggedIn));
        assert_eq!(sessions.answered(nonce, ONE, 5), Ok(()));
        assert_eq!(sessions.answered(nonce, ONE, 5), Err(RefusalReason::NotLoggedIn));
        let late = sessions.challenge(ONE, 5);
        assert_eq!(sessions.answered(late, ONE, 6 + limits::CHALLENGE_MS), Err(RefusalReason::NotLoggedIn));
        let mut younger = sessions.challenge(ONE, 5);
        younger.0[7] += 1;
        assert_eq!(sessions.answered(younger, ONE, 6), Err(RefusalReason::NotLoggedIn), "its time is sealed");
        let elsewhere = Sessions::default().challenge(ONE, 5);
        assert_eq!(sessions.answered(elsewhere, ONE, 5), Err(RefusalReason::NotLoggedIn), "of another hub");
    }

    #[test]
    fn whoever_asks_for_many_challenges_and_logins_takes_nobody_elses() {
        let mut sessions = Sessions::default();
        let (nonce, token) = (sessions.challenge(ONE, 0), sessions.open(ONE, 0));
        let others: Vec<_> = (0..20_000).map(|_| sessions.challenge(TWO, 0)).collect();
        let logins: Vec<_> = (0..100).map(|n| sessions.open(TWO, n)).collect();
        assert_eq!((sessions.answered(nonce, ONE, 1), sessions.device(&token, 1)), (Ok(()), Ok(ONE)));
        assert_eq!(sessions.answered(others[0], TWO, 1), Ok(()));
        let left = logins.iter().filter(|t| sessions.device(t, 100).is_ok()).count();
        assert_eq!((left, sessions.device(&logins[99], 100)), (LOGINS_OF_ONE_MAX, Ok(TWO)));
    }

    #[test]
    fn guest_that_asks_too_often_is_refused_until_the_window_has_passed() {
        let of = |address| Guest::Address(IpAddr::from([127, 0, 0, address]));
        let guests = [
            (Guest::Device(ONE), Guest::Device(TWO), limits::REQUESTS_PER_SECOND),
            (of(1), of(2), limits::OPEN_REQUESTS_PER_SECOND),
        ];
        for (guest, other, per_second) in guests {
            let mut sessions = Sessions::default();
            let allowed = u64::from(per_second) * WINDOW_MS / 1_000;
            assert!((0..allowed).all(|_| sessions.count(guest, 5).is_ok()));
            assert_eq!(sessions.count(guest, 5), Err(RefusalReason::TooManyRequests));
            assert!(sessions.count(other, 5).is_ok() && sessions.count(guest, WINDOW_MS).is_ok());
        }
    }
}
