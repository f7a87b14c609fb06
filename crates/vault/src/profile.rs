//! A profile: one folder of one person on one laptop. Locked, it can only send; unlocked, it has a laptop.

use crate::store::SqlStore;
use crate::{Laptop, OutboxFolder, PaperFolder, VaultError};
use cabinet_disk::{has_no_room, sync_folder, write_whole};
use cabinet_ledger::{decode, encode};
use cabinet_seal::{PassphraseParameters, SealError, VaultKey};
use minicbor::{Decode, Encode};
use std::path::{Path, PathBuf};

/// Security: below this a passphrase falls to guessing whatever Argon2 costs.
const PASSPHRASE_CHARS_MIN: usize = 10;

/// Says that the vault that was here was shut out.
const LEFT: &str = "revoked";
/// Says that something in the vault could not be read.
const SUSPECT: &str = "suspect";

const DATABASE: &str = "vault.db";
/// While a damaged one is made anew.
const FRESH: &str = "vault-fresh.db";
/// What it was made from.
const DAMAGED: &str = "vault-damaged.db";

/// Frozen: `vault.key`.
#[derive(Encode, Decode)]
#[cbor(array)]
struct KeyFileV1 {
    #[n(0)]
    version: u8,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    rounds: u32,
    #[cbor(n(3), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(4), with = "minicbor::bytes")]
    wrapped: Vec<u8>,
}

/// A folder with a vault, or room for one.
#[derive(Clone, Debug)]
pub struct Profile(PathBuf);

/// An open vault.
pub struct Unlocked {
    /// The laptop in it.
    pub laptop: Laptop<SqlStore>,
    key: VaultKey,
}

impl Profile {
    /// Erases everything, and leaves a word why.
    pub fn leave(&self) -> Result<(), VaultError> {
        self.erase()?;
        Ok(std::fs::write(self.0.join(LEFT), "")?)
    }

    /// Whether this laptop was shut out and erased itself.
    pub fn has_left(&self) -> bool {
        self.0.join(LEFT).exists()
    }

    /// Names a folder; nothing is made yet.
    pub fn new(folder: &Path) -> Self {
        Profile(folder.to_owned())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Whether nothing more fits on the disk.
    pub fn has_no_room(&self) -> bool {
        has_no_room(&self.0.join(DATABASE))
    }

    /// Whether a vault is here.
    pub fn exists(&self) -> bool {
        self.0.join("vault.key").exists()
    }

    /// Entries to send, readable while locked.
    pub fn outbox(&self) -> OutboxFolder {
        OutboxFolder::new(&self.0.join("outbox"))
    }

    /// Sealed papers.
    pub fn papers(&self) -> PaperFolder {
        PaperFolder::new(&self.0.join("papers"))
    }

    /// Makes a vault under a passphrase, and does in it what it is made for. If either fails, nothing of it is left.
    pub fn create<T, E: From<VaultError>>(
        &self,
        passphrase: &str,
        made_for: impl FnOnce(&mut Laptop<SqlStore>) -> Result<T, E>,
    ) -> Result<(Unlocked, T), E> {
        if self.exists() {
            return Err(VaultError::Exists.into());
        }
        check_passphrase(passphrase)?;
        let made = self.make(passphrase).map_err(E::from).and_then(|mut unlocked| {
            let done = made_for(&mut unlocked.laptop)?;
            Ok((unlocked, done))
        });
        made.inspect_err(|_| drop(self.erase()))
    }

    fn make(&self, passphrase: &str) -> Result<Unlocked, VaultError> {
        std::fs::create_dir_all(&self.0)?;
        // What an earlier, unfinished creation left belongs to a key that nobody has.
        for name in [DATABASE, FRESH, DAMAGED] {
            remove_database(&self.0.join(name))?;
        }
        for name in [LEFT, SUSPECT] {
            let _ = std::fs::remove_file(self.0.join(name));
        }
        let key = VaultKey::make();
        self.write_key(passphrase, &key)?;
        self.open(key)
    }

    /// Opens the vault. Needs no network, ever.
    pub fn unlock(&self, passphrase: &str) -> Result<Unlocked, VaultError> {
        let key = self.unwrap_key(passphrase)?;
        self.open(key)
    }

    /// Wraps the vault's key under another passphrase. The vault itself does not change.
    pub fn change_passphrase(&self, old: &str, new: &str) -> Result<(), VaultError> {
        check_passphrase(new)?;
        let key = self.unwrap_key(old)?;
        self.write_key(new, &key)
    }

    /// Erases everything in the folder that belongs to the vault.
    pub fn erase(&self) -> Result<(), VaultError> {
        // The key first: without it the rest is noise, whatever the disk keeps of it.
        remove(&self.0.join("vault.key"))?;
        for name in [DATABASE, FRESH, DAMAGED] {
            remove_database(&self.0.join(name))?;
        }
        remove(&self.0.join(SUSPECT))?;
        for name in ["papers", "outbox"] {
            match std::fs::remove_dir_all(self.0.join(name)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens the vault under its key. What is damaged in it is made anew from what can be read, and told.
    pub fn open(&self, key: VaultKey) -> Result<Unlocked, VaultError> {
        // One that an earlier version made is closed to others, too.
        #[cfg(unix)]
        std::fs::set_permissions(&self.0, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        self.end_salvage()?;
        let path = self.0.join(DATABASE);
        let store = SqlStore::open(&path, &key)?;
        let is_suspect = self.0.join(SUSPECT).exists();
        // Pages first, then what is written on them.
        let is_readable = !is_suspect || store.check().is_ok();
        let laptop = match Laptop::open(store) {
            Ok(laptop) if is_suspect && !(is_readable && laptop.is_whole()) => {
                drop(laptop);
                self.salvage(&key)?
            }
            Err(VaultError::Damaged(_)) => self.salvage(&key)?,
            other => other?,
        };
        if is_suspect {
            std::fs::remove_file(self.0.join(SUSPECT))?;
        }
        Ok(Unlocked { laptop, key })
    }

    /// Something that was kept could not be read: all of it is looked at when the vault is next unlocked.
    pub fn suspect(&self) -> Result<(), VaultError> {
        Ok(std::fs::write(self.0.join(SUSPECT), "")?)
    }

    /// Makes the vault anew from what can be read; the damaged one stays beside it, sealed as it is.
    fn salvage(&self, key: &VaultKey) -> Result<Laptop<SqlStore>, VaultError> {
        remove_database(&self.0.join(FRESH))?;
        let damaged = SqlStore::open(&self.0.join(DATABASE), key)?;
        // All of it is in one file before that takes its name: what lay beside it would stay behind.
        Laptop::salvage(SqlStore::open(&self.0.join(FRESH), key)?, &damaged)?.into_store().into_one_file()?;
        drop(damaged);
        remove_database(&self.0.join(DAMAGED))?;
        std::fs::rename(self.0.join(DATABASE), self.0.join(DAMAGED))?;
        self.end_salvage()?;
        Laptop::open(SqlStore::open(&self.0.join(DATABASE), key)?)
    }

    /// The last step of a salvage, which a power cut may have kept from being done.
    fn end_salvage(&self) -> Result<(), VaultError> {
        let (fresh, database) = (self.0.join(FRESH), self.0.join(DATABASE));
        if fresh.exists() && !database.exists() {
            // What a damaged one left beside it must not be taken for this one's.
            remove_database(&database)?;
            std::fs::rename(&fresh, &database)?;
            sync_folder(&database)?;
            // Its log, which is empty, had its former name.
            remove_database(&fresh)?;
        }
        Ok(())
    }

    fn unwrap_key(&self, passphrase: &str) -> Result<VaultKey, VaultError> {
        let bytes = match std::fs::read(self.0.join("vault.key")) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(VaultError::Missing),
            other => other?,
        };
        let file: KeyFileV1 = decode(&bytes).map_err(|_| VaultError::Damaged("vault.key"))?;
        if file.version != 1 {
            return Err(VaultError::NewerVersion);
        }
        let parameters = PassphraseParameters { memory_kib: file.memory_kib, rounds: file.rounds, salt: file.salt };
        parameters.unwrap(passphrase, &file.wrapped).map_err(|e| match e {
            SealError::DoesNotOpen => VaultError::WrongPassphrase,
            _ => VaultError::Damaged("vault.key"),
        })
    }

    /// Writes `vault.key` beside the old one and renames it over: at any instant one of the two is whole.
    fn write_key(&self, passphrase: &str, key: &VaultKey) -> Result<(), VaultError> {
        let parameters = PassphraseParameters::make();
        let file = KeyFileV1 {
            version: 1,
            memory_kib: parameters.memory_kib,
            rounds: parameters.rounds,
            salt: parameters.salt,
            wrapped: parameters.wrap(passphrase, key)?,
        };
        Ok(write_whole(&self.0.join("vault.key"), &encode(&file))?)
    }
}

impl Unlocked {
    /// Whether a passphrase is this vault's, for an act that asks once more.
    pub fn has_key(&self, other: &VaultKey) -> bool {
        self.key.bytes() == other.bytes()
    }
}

/// A database and what belongs to it.
fn remove_database(path: &Path) -> Result<(), VaultError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        remove(Path::new(&name))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

fn check_passphrase(passphrase: &str) -> Result<(), VaultError> {
    match passphrase.chars().count() {
        n if n < PASSPHRASE_CHARS_MIN => Err(VaultError::PassphraseTooShort(PASSPHRASE_CHARS_MIN)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PASSPHRASE: &str = "mật khẩu đủ dài";

    #[test]
    fn wrong_passphrase_and_damaged_key_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::new(folder.path());
        assert_eq!(profile.unlock(PASSPHRASE).err(), Some(VaultError::Missing));
        let create = |passphrase: &str| profile.create(passphrase, |_| Ok::<_, VaultError>(())).map(drop);
        assert_eq!(create("ngắn"), Err(VaultError::PassphraseTooShort(10)));
        let refused = profile.create(PASSPHRASE, |_| Err::<(), _>(VaultError::DiskFull));
        assert_eq!((refused.err(), profile.exists()), (Some(VaultError::DiskFull), false));
        create(PASSPHRASE).unwrap();
        assert_eq!(create(PASSPHRASE), Err(VaultError::Exists));
        assert_eq!(profile.unlock("mật khẩu khác hẳn").err(), Some(VaultError::WrongPassphrase));
        let path = folder.path().join("vault.key");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..20]).unwrap();
        assert_eq!(profile.unlock(PASSPHRASE).err(), Some(VaultError::Damaged("vault.key")));
        std::fs::write(&path, &whole).unwrap();
        profile.change_passphrase(PASSPHRASE, "mật khẩu mới hơn").unwrap();
        assert_eq!(profile.unlock(PASSPHRASE).err(), Some(VaultError::WrongPassphrase));
        drop(profile.unlock("mật khẩu mới hơn").unwrap());
    }
}
