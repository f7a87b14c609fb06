//! Another stamp key for the hub: made here, in use once the organisation's root has named it.

use crate::{Identity, LedgerStore, Orderer, SqliteLedgerStore};
use anyhow::{Result, bail};
use cabinet_ledger::{Hash, StampKeyLine};
use std::path::Path;

/// Makes the next stamp key, or finds the one that waits. Returns what an officer signs with the recovery key. The hub must stand
/// still: the key's term is to begin after all that it has stamped.
pub fn renew(data: &Path) -> Result<StampKeyLine> {
    if !data.join("ledger.db").exists() {
        bail!("{} holds no ledger of a hub", data.display());
    }
    let folder = data.join("identity");
    let identity = Identity::load_or_make(&folder)?;
    let mut orderer = Orderer::open(SqliteLedgerStore::open(&data.join("ledger.db"))?, identity.stamp_key)?;
    if orderer.register().is_none() {
        bail!("no organisation is founded on this hub yet; its first key is good");
    }
    if crate::term::is_restoring(data) {
        bail!("the hub is taking back what laptops hold; start it once without --restored before its key is changed");
    }
    settle(data, &mut orderer)?;
    crate::term::settle(data, &mut orderer, false)?;
    let key = Identity::make_next_stamp_key(&folder)?;
    Ok(StampKeyLine { key: Hash(key.public().0), term: orderer.term() + 1 })
}

/// Tells the orderer which key comes next, and keeps it as the hub's own if the root has named it. A hub whose key was replaced must
/// not stamp: no laptop would take it.
pub(crate) fn settle<S: LedgerStore>(data: &Path, orderer: &mut Orderer<S>) -> Result<()> {
    let folder = data.join("identity");
    if let Some(next) = Identity::next_stamp_key(&folder)?
        && orderer.set_next_key(next)
    {
        Identity::promote_next_stamp_key(&folder)?;
    }
    let newest = orderer.register().and_then(|(_, r)| r.stamp_keys.last().map(|(_, key)| *key));
    if newest.is_some_and(|key| key != orderer.stamp_key()) {
        bail!("the root has named another stamp key than the one in identity/; take that folder from a newer backup");
    }
    Ok(())
}
