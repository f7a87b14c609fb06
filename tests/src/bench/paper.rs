//! Sealed papers: reading them through, and their first page in the locked worker.

use super::{Line, bytes_of, interleaved, timed};
use anyhow::{Context, Result};
use cabinet_app::Unsealed;
use cabinet_paper::{BarePdfium, PaperBytes, Worker, WorkerPaths};
use cabinet_seal::{Identity, PaperReader, seal_paper};
use ecabinet_sim::chance::Chance;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// LIMITS: at least 0.8 of the bare cipher's speed.
const READ_AIM: f64 = 1.25;
/// LIMITS: at most 1.15 times bare PDFium on the plain file, and 5 % of the file unsealed.
const PAGE_AIM: f64 = 1.15;
const UNSEALED_AIM: f64 = 0.05;
const READ_BYTES: usize = 64 << 20;
const CHUNK: usize = 64 * 1024;
const WIDTH: u32 = 1_400;
const PAGES: usize = 300;

struct Sealed {
    path: PathBuf,
    key: Identity,
}

pub fn lines() -> Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let mut all = vec![read_through(folder.path())?];
    let paths = WorkerPaths::find().context("the worker and PDFium")?;
    let bare = BarePdfium::load(&paths.library).map_err(anyhow::Error::msg)?;
    let long = folder.path().join("long.pdf");
    std::fs::write(&long, long_pdf()?)?;
    all.extend(first_page(folder.path(), &bare, &long, "first page, 300 scanned pages")?);
    let short = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo/du-thao-nghi-dinh-du-lieu.pdf"));
    all.push(first_page(folder.path(), &bare, &short, "first page, a decree of text")?.remove(0));
    Ok(all)
}

fn seal(folder: &Path, plain: &Path) -> Result<Sealed> {
    let path = folder.join("sealed.age");
    let sealed = seal_paper(&mut File::open(plain)?, &mut File::create(&path)?)?;
    Ok(Sealed { path, key: sealed.key })
}

impl Sealed {
    fn open(&self) -> Result<PaperReader> {
        Ok(PaperReader::open(Box::new(File::open(&self.path)?), &self.key)?)
    }
}

/// All of a sealed file in order, against the same cipher over the same bytes in memory.
fn read_through(folder: &Path) -> Result<Line> {
    let plain = folder.join("plain");
    let mut chance = Chance::new(3);
    let bytes: Vec<u8> = (0..READ_BYTES / 8).flat_map(|_| chance.draw().to_le_bytes()).collect();
    std::fs::write(&plain, &bytes)?;
    let sealed = seal(folder, &plain)?;
    let ours = || {
        let (took, sum) = timed(|| {
            let mut reader = sealed.open()?;
            let mut sum = blake3::Hasher::new();
            for at in (0..READ_BYTES).step_by(CHUNK) {
                sum.update(&reader.part(at as u64, CHUNK)?[..8]);
            }
            Ok(sum.finalize())
        })?;
        anyhow::ensure!(sum == expected(&bytes), "the same bytes came out");
        Ok(took)
    };
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[9; 32]).ok().context("a key")?);
    let nonce = |n: usize| {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&(n as u64).to_le_bytes());
        Nonce::assume_unique_for_key(nonce)
    };
    let mut chunks: Vec<Vec<u8>> = bytes.chunks(CHUNK).map(<[u8]>::to_vec).collect();
    for (n, chunk) in chunks.iter_mut().enumerate() {
        key.seal_in_place_append_tag(nonce(n), Aad::empty(), chunk).ok().context("seals")?;
    }
    let bare = || {
        let mut copies = chunks.clone();
        let (took, sum) = timed(|| {
            let mut sum = blake3::Hasher::new();
            for (n, chunk) in copies.iter_mut().enumerate() {
                let opened = key.open_in_place(nonce(n), Aad::empty(), chunk).ok().context("opens")?;
                sum.update(&opened[..8]);
            }
            Ok(sum.finalize())
        })?;
        anyhow::ensure!(sum == expected(&bytes), "the same bytes came out");
        Ok(took)
    };
    Ok(Line::times("sealed read, 64 MiB / bare AEAD", interleaved(ours, bare)?, READ_AIM))
}

fn expected(bytes: &[u8]) -> blake3::Hash {
    let mut sum = blake3::Hasher::new();
    for chunk in bytes.chunks(CHUNK) {
        sum.update(&chunk[..8]);
    }
    sum.finalize()
}

/// Opened, drawn and encoded: sealed and in a warm worker, against PDFium in this process on the plain file.
fn first_page(folder: &Path, bare: &BarePdfium, plain: &Path, name: &'static str) -> Result<Vec<Line>> {
    let paths = WorkerPaths::find().context("the worker and PDFium")?;
    let sealed = seal(folder, plain)?;
    let mut worker = Worker::start(&paths)?;
    let same = bare.first_page(plain, WIDTH).map_err(anyhow::Error::msg)?;
    let ours = || {
        let (took, png) = timed(|| {
            worker.open(Box::new(Unsealed(sealed.open()?)), None)?;
            Ok(worker.page(0, WIDTH)?)
        })?;
        anyhow::ensure!(png == same, "{name}: the same pixels");
        Ok(took)
    };
    let reference = || -> Result<Duration> {
        let (took, png) = timed(|| bare.first_page(plain, WIDTH).map_err(anyhow::Error::msg))?;
        anyhow::ensure!(png == same, "the same pixels");
        Ok(took)
    };
    let page = Line::times(name, interleaved(ours, reference)?, PAGE_AIM);
    let share = unsealed(&sealed, &mut Worker::start(&paths)?)?;
    let all = bytes_of(plain)?.len() as f64 / 1e3;
    Ok(vec![
        page,
        Line { name: "unsealed of it for that page", ours: share / 1e3, reference: all, unit: "kB", aim: UNSEALED_AIM },
    ])
}

/// Plain bytes that were opened to show page 1.
fn unsealed(sealed: &Sealed, worker: &mut Worker) -> Result<f64> {
    struct Counting(PaperReader, std::sync::Arc<std::sync::atomic::AtomicU64>);
    impl PaperBytes for Counting {
        fn part(&mut self, offset: u64, length: usize) -> Option<Cow<'_, [u8]>> {
            let part = self.0.part(offset, length).ok()?.into_owned();
            self.1.store(self.0.unsealed_bytes(), std::sync::atomic::Ordering::Relaxed);
            Some(Cow::Owned(part))
        }
        fn length(&self) -> u64 {
            self.0.plain_bytes()
        }
    }
    let count = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    worker.open(Box::new(Counting(sealed.open()?, count.clone())), None)?;
    worker.page(0, WIDTH)?;
    Ok(count.load(std::sync::atomic::Ordering::Relaxed) as f64)
}

/// A scan of 300 grey pages, each a picture of its own, with a proper table of objects.
fn long_pdf() -> Result<Vec<u8>> {
    const SIDE: usize = 350;
    let mut chance = Chance::new(5);
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    let mut object = |out: &mut Vec<u8>, body: &[u8]| {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", places.len()).bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    };
    object(&mut out, b"<< /Type /Catalog /Pages 2 0 R >>");
    let kids: Vec<String> = (0..PAGES).map(|n| format!("{} 0 R", 3 + 3 * n)).collect();
    object(&mut out, format!("<< /Type /Pages /Count {PAGES} /Kids [{}] >>", kids.join(" ")).as_bytes());
    for n in 0..PAGES {
        let (page, draw, image) = (3 + 3 * n, 4 + 3 * n, 5 + 3 * n);
        let _ = page;
        let resources = format!("<< /XObject << /I {image} 0 R >> >>");
        object(
            &mut out,
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {draw} 0 R /Resources {resources} >>"
            )
            .as_bytes(),
        );
        let content = "595 0 0 842 0 0 cm /I Do";
        object(&mut out, format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()).as_bytes());
        let mut picture = format!(
            "<< /Type /XObject /Subtype /Image /Width {SIDE} /Height {SIDE} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length {} >>\nstream\n",
            SIDE * SIDE
        )
        .into_bytes();
        picture.extend((0..(SIDE * SIDE).div_ceil(8)).flat_map(|_| chance.draw().to_le_bytes()).take(SIDE * SIDE));
        picture.extend(b"\nendstream");
        object(&mut out, &picture);
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    places.iter().for_each(|at| out.extend(format!("{at:010} 00000 n \n").bytes()));
    out.extend(format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", places.len() + 1).bytes());
    Ok(out)
}
