//! X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 as one key encapsulation, as HPKE numbers it (0x647a). To be replaced by
//! the age crate's own one day.

use crate::make_bytes;
use hpke::generic_array::GenericArray;
use hpke::generic_array::typenum::{Sum, U32, U96, U192, U1024};
use hpke::kem::SharedSecret;
use hpke::rand_core::{CryptoRng, Error, RngCore};
use hpke::{Deserializable, HpkeError, Kem, Serializable};
use ml_kem::kem::{Decapsulate, Encapsulate};
use ml_kem::{EncodedSizeUser, KemCore, MlKem768};
use sha3::digest::{ExtendableOutput, Update, XofReader};
use sha3::{Digest, Sha3_256, Shake256};
use x25519_dalek::{PublicKey as ClassicPublic, StaticSecret as ClassicSecret};
use zeroize::Zeroizing;

type LatticeSecret = <MlKem768 as KemCore>::DecapsulationKey;
type LatticePublic = <MlKem768 as KemCore>::EncapsulationKey;

/// Bytes of ML-KEM-768's public key and of its ciphertext; the other 32 of each are X25519's.
const LATTICE_PUBLIC_BYTES: usize = 1_184;
const LATTICE_CIPHERTEXT_BYTES: usize = 1_088;
/// Frozen by X-Wing: what the shared secret is bound to.
const LABEL: &[u8; 6] = br"\.//^\";

/// The key encapsulation.
pub(super) struct XWing;

/// A private key: a seed, and what it expands to.
#[derive(Clone)]
pub(super) struct Private {
    seed: Zeroizing<[u8; 32]>,
    lattice: LatticeSecret,
    classic: ClassicSecret,
}

impl PartialEq for Private {
    fn eq(&self, other: &Self) -> bool {
        self.seed == other.seed
    }
}

impl Eq for Private {}

impl Private {
    pub(super) fn of_seed(seed: &[u8; 32]) -> Self {
        let mut reader = Shake256::default().chain(seed).finalize_xof();
        let mut part = || {
            let mut bytes = Zeroizing::new([0; 32]);
            reader.read(&mut *bytes);
            bytes
        };
        let (d, z, classic) = (part(), part(), part());
        let (lattice, _) = MlKem768::generate_deterministic(&(*d).into(), &(*z).into());
        Private { seed: Zeroizing::new(*seed), lattice, classic: ClassicSecret::from(*classic) }
    }

    pub(super) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }
}

impl Serializable for Private {
    type OutputSize = U32;

    fn write_exact(&self, out: &mut [u8]) {
        out.copy_from_slice(&*self.seed);
    }
}

impl Deserializable for Private {
    fn from_bytes(bytes: &[u8]) -> Result<Self, HpkeError> {
        let seed = bytes.try_into().map_err(|_| HpkeError::IncorrectInputLength(32, bytes.len()))?;
        Ok(Private::of_seed(&seed))
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Public {
    lattice: LatticePublic,
    classic: ClassicPublic,
}

impl Eq for Public {}

impl Serializable for Public {
    type OutputSize = Sum<U1024, U192>;

    fn write_exact(&self, out: &mut [u8]) {
        out[..LATTICE_PUBLIC_BYTES].copy_from_slice(&self.lattice.as_bytes());
        out[LATTICE_PUBLIC_BYTES..].copy_from_slice(self.classic.as_bytes());
    }
}

impl Deserializable for Public {
    /// Security: only the one encoding of a key is one (FIPS 203, "modulus check").
    fn from_bytes(bytes: &[u8]) -> Result<Self, HpkeError> {
        let (lattice, classic) = split(bytes, LATTICE_PUBLIC_BYTES)?;
        let encoded = lattice.try_into().map_err(|_| HpkeError::ValidationError)?;
        let lattice = LatticePublic::from_bytes(&encoded);
        if lattice.as_bytes() != encoded {
            return Err(HpkeError::ValidationError);
        }
        Ok(Public { lattice, classic: ClassicPublic::from(classic) })
    }
}

/// What the sender hands over: ML-KEM's ciphertext and an X25519 share.
#[derive(Clone)]
pub(super) struct Encapsulated {
    lattice: [u8; LATTICE_CIPHERTEXT_BYTES],
    classic: ClassicPublic,
}

impl Serializable for Encapsulated {
    type OutputSize = Sum<U1024, U96>;

    fn write_exact(&self, out: &mut [u8]) {
        out[..LATTICE_CIPHERTEXT_BYTES].copy_from_slice(&self.lattice);
        out[LATTICE_CIPHERTEXT_BYTES..].copy_from_slice(self.classic.as_bytes());
    }
}

impl Deserializable for Encapsulated {
    fn from_bytes(bytes: &[u8]) -> Result<Self, HpkeError> {
        let (lattice, classic) = split(bytes, LATTICE_CIPHERTEXT_BYTES)?;
        let lattice = lattice.try_into().map_err(|_| HpkeError::ValidationError)?;
        Ok(Encapsulated { lattice, classic: ClassicPublic::from(classic) })
    }
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], [u8; 32]), HpkeError> {
    let wrong = HpkeError::IncorrectInputLength(at + 32, bytes.len());
    let (lattice, classic) = bytes.split_at_checked(at).ok_or(wrong)?;
    Ok((lattice, classic.try_into().map_err(|_| wrong)?))
}

impl Kem for XWing {
    type PublicKey = Public;
    type PrivateKey = Private;
    type EncappedKey = Encapsulated;
    type NSecret = U32;
    const KEM_ID: u16 = 0x647a;

    fn sk_to_pk(private: &Private) -> Public {
        Public { lattice: private.lattice.encapsulation_key().clone(), classic: ClassicPublic::from(&private.classic) }
    }

    fn derive_keypair(material: &[u8]) -> (Private, Public) {
        let mut seed = [0; 32];
        Shake256::default().chain(material).finalize_xof_into(&mut seed);
        let private = Private::of_seed(&seed);
        let public = XWing::sk_to_pk(&private);
        (private, public)
    }

    /// Base mode only: nobody's own key is tied in.
    fn decap(private: &Private, sender: Option<&Public>, sent: &Encapsulated) -> Result<SharedSecret<Self>, HpkeError> {
        if sender.is_some() {
            return Err(HpkeError::DecapError);
        }
        let lattice = private.lattice.decapsulate(&sent.lattice.into()).map_err(|()| HpkeError::DecapError)?;
        let classic = private.classic.diffie_hellman(&sent.classic);
        if !classic.was_contributory() {
            return Err(HpkeError::DecapError);
        }
        Ok(combine(&lattice, classic.as_bytes(), &sent.classic, &ClassicPublic::from(&private.classic)))
    }

    fn encap<R: CryptoRng + RngCore>(
        public: &Public,
        sender: Option<(&Private, &Public)>,
        random: &mut R,
    ) -> Result<(SharedSecret<Self>, Encapsulated), HpkeError> {
        if sender.is_some() {
            return Err(HpkeError::EncapError);
        }
        let (ciphertext, lattice) = public.lattice.encapsulate(random).map_err(|()| HpkeError::EncapError)?;
        let ephemeral = ClassicSecret::random_from_rng(random);
        let share = ClassicPublic::from(&ephemeral);
        let classic = ephemeral.diffie_hellman(&public.classic);
        let secret = combine(&lattice, classic.as_bytes(), &share, &public.classic);
        Ok((secret, Encapsulated { lattice: ciphertext.0, classic: share }))
    }
}

fn combine(lattice: &[u8], classic: &[u8], share: &ClassicPublic, public: &ClassicPublic) -> SharedSecret<XWing> {
    let mut hasher = Sha3_256::new();
    for part in [lattice, classic, share.as_bytes(), public.as_bytes(), LABEL] {
        Digest::update(&mut hasher, part);
    }
    let secret: GenericArray<u8, U32> = hasher.finalize();
    SharedSecret(secret)
}

/// The system's random source, in the shape that HPKE asks for.
pub(super) struct SystemRandom;

impl RngCore for SystemRandom {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(make_bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(make_bytes())
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the system's random source works; nothing here is safe without it");
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for SystemRandom {}
