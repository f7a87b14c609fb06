//! Sealing small things to people: age v1 with hybrid recipients, so that what is copied today stays sealed for twenty years.

use crate::SealError;
use crate::hybrid::{HybridIdentity, HybridRecipient};
use crate::make_bytes;
use std::fmt;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// A private receiving key: an age identity of 32 bytes. Its text is a secret.
#[derive(Clone)]
pub struct Identity(pub(crate) HybridIdentity);

/// A public receiving key, `age1pq1…`, 1,216 bytes.
#[derive(Clone)]
pub struct Recipient(pub(crate) HybridRecipient);

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Recipient {}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text()[..24])
    }
}

impl Identity {
    /// A new key.
    pub fn make() -> Self {
        Self::of_seed(&make_bytes())
    }

    /// The key of a stored seed.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Identity(HybridIdentity::of_seed(seed))
    }

    /// Reads `AGE-SECRET-KEY-PQ-1…`; spaces and line breaks of a printed key are ignored.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let compact: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect::<String>().to_uppercase());
        HybridIdentity::parse(&compact).map(Identity).ok_or(SealError::BadKey)
    }

    /// Its text. Security: this and [`Identity::seed`] are the only ways out.
    pub fn secret_text(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// Its seed, for the vault and for grants.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.0.seed())
    }

    /// The public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.recipient())
    }

    /// Opens an age file sealed to this key among others.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| SealError::BadHeader)?;
        let identity: &dyn age::Identity = &self.0;
        let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(|_| SealError::DoesNotOpen)?;
        let mut plain = Vec::new();
        reader.read_to_end(&mut plain).map_err(|_| SealError::DoesNotOpen)?;
        Ok(plain)
    }
}

impl Recipient {
    /// Reads `age1pq1…`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        HybridRecipient::parse(text).map(Recipient).ok_or(SealError::BadKey)
    }

    /// Its text.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// Reads its 1,216 bytes; only the one encoding of a key is one.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        HybridRecipient::of_bytes(bytes).map(Recipient).ok_or(SealError::BadKey)
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }
}

/// Seals bytes so that each recipient can open them.
pub fn seal_to(recipients: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let keys = recipients.iter().map(|r| &r.0 as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(keys).map_err(|_| SealError::BadKey)?;
    let mut out = Vec::new();
    let mut writer = encryptor.wrap_output(&mut out)?;
    writer.write_all(plain)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_opens_and_no_one_else() {
        let (one, two, other) = (Identity::make(), Identity::make(), Identity::make());
        let sealed = seal_to(&[one.recipient(), two.recipient()], b"key").expect("seals");
        assert_eq!(one.open(&sealed), Ok(b"key".to_vec()));
        assert_eq!(two.open(&sealed), Ok(b"key".to_vec()));
        assert_eq!(other.open(&sealed), Err(SealError::DoesNotOpen));
    }

    #[test]
    fn printed_key_is_read_with_spaces_and_in_lower_case() {
        let key = Identity::make();
        let text = key.secret_text().to_lowercase();
        let printed =
            text.chars().collect::<Vec<_>>().chunks(6).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>();
        assert_eq!(Identity::parse(&printed.join(" \n")).map(|k| k.recipient()), Ok(key.recipient()));
        assert!(matches!(Identity::parse("AGE-SECRET-KEY-PQ-1X"), Err(SealError::BadKey)));
    }

    #[test]
    fn public_key_has_one_encoding() {
        let public = Identity::make().recipient();
        assert_eq!(Recipient::of_bytes(&public.bytes()), Ok(public.clone()));
        assert_eq!(Recipient::parse(&public.text()), Ok(public.clone()));
        assert_eq!(public.bytes().len(), 1_216);
        // A coefficient beyond the modulus is another writing of the same key.
        let mut other = public.bytes();
        (other[0], other[1]) = (0xff, other[1] | 0x0f);
        assert_eq!(Recipient::of_bytes(&other), Err(SealError::BadKey));
        assert_eq!(Recipient::of_bytes(&other[1..]), Err(SealError::BadKey));
    }

    #[test]
    fn grant_of_a_key_is_about_1700_bytes() {
        let sealed = seal_to(&[Identity::make().recipient()], &[0; 32]).expect("seals");
        assert!((1_600..1_900).contains(&sealed.len()), "{}", sealed.len());
    }
}
