//! Sealing small things to people: age v1, X25519 recipients.

use crate::SealError;
use age::secrecy::ExposeSecret;
use std::io::{Read, Write};
use std::str::FromStr;
use zeroize::Zeroizing;

/// A private receiving key: an age identity. Its text is a secret.
#[derive(Clone)]
pub struct Identity(pub(crate) age::x25519::Identity);

/// A public receiving key, `age1…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient(String);

impl Identity {
    /// A new key.
    pub fn make() -> Self {
        Identity(age::x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1…`; spaces and line breaks of a printed key are ignored.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let compact: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect::<String>().to_uppercase());
        age::x25519::Identity::from_str(&compact).map(Identity).map_err(|_| SealError::BadKey)
    }

    /// Its text. Security: the only way out.
    pub fn secret_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    /// The public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public().to_string())
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
    /// Reads `age1…`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        age::x25519::Recipient::from_str(text).map_err(|_| SealError::BadKey)?;
        Ok(Recipient(text.to_owned()))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Seals bytes so that each recipient can open them.
pub fn seal_to(recipients: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let keys = recipients
        .iter()
        .map(|r| age::x25519::Recipient::from_str(&r.0).map_err(|_| SealError::BadKey))
        .collect::<Result<Vec<_>, _>>()?;
    let encryptor = age::Encryptor::with_recipients(keys.iter().map(|k| k as &dyn age::Recipient))
        .map_err(|_| SealError::BadKey)?;
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
        assert!(matches!(Identity::parse("AGE-SECRET-KEY-1X"), Err(SealError::BadKey)));
    }
}
