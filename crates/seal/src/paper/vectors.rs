//! The published vectors of the age format, and another implementation of it in both directions. Both come from npm packages that the web UI's
//! lock file pins; `cargo xtask test` installs them first.
#![allow(clippy::unwrap_used)]

use super::{PaperReader, seal_paper};
use crate::hybrid::HybridIdentity;
use crate::{Identity, seal_to};
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

/// Runs the other implementation; none where its packages are not installed, which CI never is.
fn peer(arguments: &[&str]) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("ui/node_modules/age-encryption").exists() {
        assert!(std::env::var_os("CI").is_none(), "`cargo xtask setup` installs the npm packages");
        return None;
    }
    let ran = Command::new("node").arg(root.join("tests/age-peer.mjs")).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(ran.stdout)
}

struct Vector {
    name: String,
    fields: BTreeMap<String, String>,
    file: Vec<u8>,
}

impl Vector {
    fn read(path: PathBuf) -> Self {
        let bytes = std::fs::read(&path).unwrap();
        let end = bytes.windows(2).position(|w| w == b"\n\n").unwrap();
        let lines = std::str::from_utf8(&bytes[..end]).unwrap().lines();
        let fields: BTreeMap<_, _> =
            lines.filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let mut file = bytes[end + 2..].to_vec();
        if fields.contains_key("compressed") {
            let mut plain = Vec::new();
            flate2::read::ZlibDecoder::new(&file[..]).read_to_end(&mut plain).unwrap();
            file = plain;
        }
        Vector { name: path.file_name().unwrap().to_string_lossy().into_owned(), fields, file }
    }

    /// The key that opens it, where it is of a kind that we read.
    fn identity(&self) -> Option<Box<dyn age::Identity>> {
        let text = self.fields.get("identity")?;
        match age::x25519::Identity::from_str(text) {
            Ok(classic) => Some(Box::new(classic)),
            Err(_) => HybridIdentity::parse(text).map(|hybrid| Box::new(hybrid) as Box<dyn age::Identity>),
        }
    }

    fn is_ours(&self) -> bool {
        // Armour and passphrases are read by nobody here.
        !self.fields.contains_key("armored") && !self.fields.contains_key("passphrase")
    }
}

fn read_all(file: &[u8], identity: &dyn age::Identity) -> Option<Vec<u8>> {
    let mut reader = PaperReader::open_for(Box::new(file.to_vec()), identity).ok()?;
    let mut plain = vec![0; reader.plain_bytes() as usize];
    reader.read_at(0, &mut plain).ok()?;
    Some(plain)
}

#[test]
fn every_published_vector_is_read_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    if peer(&["vectors", folder.path().to_str().unwrap()]).is_none() {
        return;
    }
    let all = std::fs::read_dir(folder.path()).unwrap().map(|f| Vector::read(f.unwrap().path()));
    let (mut read, mut hybrid, mut wrong) = (0, 0, Vec::new());
    for vector in all.filter(Vector::is_ours) {
        let Some(identity) = vector.identity() else { continue };
        let plain = read_all(&vector.file, &*identity);
        let sum =
            |plain: Vec<u8>| digest(&SHA256, &plain).as_ref().iter().map(|b| format!("{b:02x}")).collect::<String>();
        let expected = (vector.fields["expect"] == "success").then(|| vector.fields["payload"].clone());
        if plain.map(sum) != expected {
            wrong.push(format!("{}: {}", vector.name, vector.fields["expect"]));
        }
        read += 1;
        hybrid += usize::from(vector.name.starts_with("hybrid"));
    }
    assert_eq!(wrong, [""; 0], "vectors that are read otherwise than they say");
    println!("{read} vectors, {hybrid} of them hybrid");
    assert!(read >= 84 && hybrid >= 18, "{read} {hybrid}");
}

#[test]
fn another_implementation_opens_ours_and_we_open_its() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let plain: Vec<u8> = (0..150_000u32).map(|n| (n * 7) as u8).collect();
    let mut paper = Vec::new();
    let sealed = seal_paper(&mut plain.as_slice(), &mut paper).unwrap();
    std::fs::write(path("paper"), &paper).unwrap();
    let Some(opened) = peer(&["open", &sealed.key.secret_text(), &path("paper")]) else { return };
    assert_eq!(opened, plain);
    let key = Identity::make();
    std::fs::write(path("grant"), seal_to(&[Identity::make().recipient(), key.recipient()], b"a key").unwrap())
        .unwrap();
    assert_eq!(peer(&["open", &key.secret_text(), &path("grant")]).unwrap(), b"a key");
    std::fs::write(path("plain"), &plain).unwrap();
    let theirs = peer(&["seal", &key.recipient().text(), &path("plain")]).unwrap();
    assert_eq!(read_all(&theirs, &key.0), Some(plain.clone()));
    assert_eq!(key.open(&theirs), Ok(plain));
}
