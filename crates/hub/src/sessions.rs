//! Logins: a challenge answered with the device's key, then a token. Rates are counted here too.

use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::{DeviceId, Hash, limits};
use cabinet_seal::make_bytes;
use std::collections::HashMap;
use std::net::IpAddr;

/// Limit: challenges and sessions kept; the oldest give way.
const KEPT_MAX: usize = 10_000;
/// Seconds over which a device's requests are averaged.
const RATE_SECONDS: u64 = 10;

/// Challenges, sessions and request counts, in memory: after a restart everybody logs in again.
#[derive(Default)]
pub struct Sessions {
    challenges: HashMap<Hash, (DeviceId, u64)>,
    sessions: HashMap<String, (DeviceId, u64)>,
    requests: HashMap<DeviceId, (u64, u32)>,
    open_requests: HashMap<IpAddr, (u64, u32)>,
}

impl Sessions {
    /// A challenge for a device.
    pub fn challenge(&mut self, device: DeviceId, now_ms: u64) -> Hash {
        prune(&mut self.challenges, now_ms);
        let nonce = Hash(make_bytes());
        self.challenges.insert(nonce, (device, now_ms + limits::CHALLENGE_MS));
        nonce
    }

    /// Uses a challenge up.
    pub fn answered(&mut self, nonce: Hash, device: DeviceId, now_ms: u64) -> Result<(), RefusalReason> {
        match self.challenges.remove(&nonce) {
            Some((asked, until)) if asked == device && now_ms <= until => Ok(()),
            _ => Err(RefusalReason::NotLoggedIn),
        }
    }

    /// A session for a device.
    pub fn open(&mut self, device: DeviceId, now_ms: u64) -> String {
        prune(&mut self.sessions, now_ms);
        let token: String = make_bytes::<32>().iter().map(|b| format!("{b:02x}")).collect();
        self.sessions.insert(token.clone(), (device, now_ms + limits::SESSION_MS));
        token
    }

    /// Whether a token is one of a session.
    pub fn is_open(&self, token: &str, now_ms: u64) -> bool {
        self.sessions.get(token).is_some_and(|(_, until)| now_ms <= *until)
    }

    /// Whose session it is; counts the request.
    pub fn device(&mut self, token: &str, now_ms: u64) -> Result<DeviceId, RefusalReason> {
        match self.sessions.get(token) {
            Some((device, until)) if now_ms <= *until => {
                let device = *device;
                self.count(device, now_ms)?;
                Ok(device)
            }
            _ => Err(RefusalReason::NotLoggedIn),
        }
    }

    fn count(&mut self, device: DeviceId, now_ms: u64) -> Result<(), RefusalReason> {
        count(self.requests.entry(device).or_default(), limits::REQUESTS_PER_SECOND, now_ms)
    }

    /// Counts a request that brings no login.
    pub fn open_request(&mut self, from: IpAddr, now_ms: u64) -> Result<(), RefusalReason> {
        if self.open_requests.len() >= KEPT_MAX {
            let window = now_ms / (RATE_SECONDS * 1_000);
            self.open_requests.retain(|_, (counted, _)| *counted == window);
        }
        count(self.open_requests.entry(from).or_default(), limits::OPEN_REQUESTS_PER_SECOND, now_ms)
    }
}

/// Counts one more in the window of now.
fn count(counted: &mut (u64, u32), per_second: u32, now_ms: u64) -> Result<(), RefusalReason> {
    let window = now_ms / (RATE_SECONDS * 1_000);
    if counted.0 != window {
        *counted = (window, 0);
    }
    counted.1 += 1;
    if counted.1 > per_second * RATE_SECONDS as u32 { Err(RefusalReason::TooManyRequests) } else { Ok(()) }
}

fn prune<K: Clone + std::hash::Hash + Eq>(kept: &mut HashMap<K, (DeviceId, u64)>, now_ms: u64) {
    kept.retain(|_, (_, until)| *until >= now_ms);
    while kept.len() >= KEPT_MAX {
        let oldest = kept.iter().min_by_key(|(_, (_, until))| *until).map(|(k, _)| k.clone());
        oldest.map(|k| kept.remove(&k));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_used_once_and_only_by_who_asked() {
        let mut sessions = Sessions::default();
        let (one, two) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let nonce = sessions.challenge(one, 0);
        assert_eq!(sessions.answered(nonce, two, 0), Err(RefusalReason::NotLoggedIn));
        let nonce = sessions.challenge(one, 0);
        assert_eq!(sessions.answered(nonce, one, 0), Ok(()));
        assert_eq!(sessions.answered(nonce, one, 0), Err(RefusalReason::NotLoggedIn));
        let nonce = sessions.challenge(one, 0);
        assert_eq!(sessions.answered(nonce, one, limits::CHALLENGE_MS + 1), Err(RefusalReason::NotLoggedIn));
    }

    #[test]
    fn address_without_a_login_that_asks_too_often_is_refused_until_the_window_has_passed() {
        let mut sessions = Sessions::default();
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let allowed = limits::OPEN_REQUESTS_PER_SECOND * RATE_SECONDS as u32;
        assert!((0..allowed).all(|_| sessions.open_request(one, 5).is_ok()));
        assert_eq!(sessions.open_request(one, 5), Err(RefusalReason::TooManyRequests));
        assert!(sessions.open_request(two, 5).is_ok() && sessions.open_request(one, 10_000).is_ok());
    }

    #[test]
    fn device_that_asks_too_often_is_refused_until_the_window_has_passed() {
        let mut sessions = Sessions::default();
        let token = sessions.open(DeviceId([1; 16]), 0);
        let allowed = limits::REQUESTS_PER_SECOND * RATE_SECONDS as u32;
        assert!((0..allowed).all(|_| sessions.device(&token, 5).is_ok()));
        assert_eq!(sessions.device(&token, 5), Err(RefusalReason::TooManyRequests));
        assert!(sessions.device(&token, 10_000).is_ok());
    }
}
