//! The hub's identity on the wire: a self-signed certificate that laptops pin by its hash, and the stamp key.

use anyhow::{Context, Result};
use cabinet_disk::write_whole;
use cabinet_ledger::Hash;
use cabinet_seal::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// What the hub keeps in `DATA/identity`.
pub struct Identity {
    /// Orders and stamps.
    pub stamp_key: SigningKey,
    /// DER of the certificate.
    pub certificate: Vec<u8>,
    key: Vec<u8>,
}

const STAMP: &str = "stamp.key";
const NEXT: &str = "stamp.next";

/// The hash by which an enrolment code pins a certificate.
pub fn certificate_hash(der: &[u8]) -> Hash {
    Hash(*blake3::hash(der).as_bytes())
}

impl Identity {
    /// Reads the identity in a folder, or makes it at the first start.
    pub fn load_or_make(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let stamp = folder.join(STAMP);
        if !stamp.exists() {
            let made = rcgen::generate_simple_self_signed(vec!["ecabinet-hub".to_owned()])?;
            write_whole(&folder.join("tls.der"), made.cert.der())?;
            write_whole(&folder.join("tls.key"), made.signing_key.serialized_der())?;
            // Last, since its presence says that the rest is whole.
            write_whole(&stamp, &*SigningKey::make().seed())?;
        }
        let read = |name: &str| std::fs::read(folder.join(name)).with_context(|| format!("identity/{name}"));
        let seed: [u8; 32] = read(STAMP)?.try_into().ok().context("identity/stamp.key is not 32 bytes")?;
        Ok(Identity { stamp_key: SigningKey::from_seed(&seed), certificate: read("tls.der")?, key: read("tls.key")? })
    }

    /// The next stamp key, if one was made and waits to be named by the root.
    pub fn next_stamp_key(folder: &Path) -> Result<Option<SigningKey>> {
        let path = folder.join(NEXT);
        if !path.exists() {
            return Ok(None);
        }
        let seed: [u8; 32] = std::fs::read(path)?.try_into().ok().context("identity/stamp.next is not 32 bytes")?;
        Ok(Some(SigningKey::from_seed(&seed)))
    }

    /// Makes the next stamp key, or finds the one that waits.
    pub fn make_next_stamp_key(folder: &Path) -> Result<SigningKey> {
        if let Some(key) = Self::next_stamp_key(folder)? {
            return Ok(key);
        }
        let key = SigningKey::make();
        write_whole(&folder.join(NEXT), &*key.seed())?;
        Ok(key)
    }

    /// The next stamp key takes the place of the one in use, which is gone then.
    pub fn promote_next_stamp_key(folder: &Path) -> Result<()> {
        Ok(std::fs::rename(folder.join(NEXT), folder.join(STAMP))?)
    }

    /// TLS settings for the listener.
    pub fn tls(&self) -> Result<Arc<rustls::ServerConfig>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::try_from(self.key.clone()).map_err(anyhow::Error::msg)?;
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone().into()], key)?;
        Ok(Arc::new(config))
    }
}
