//! The worker as the app uses it, and the lock as an intruder would try it.
#![allow(clippy::unwrap_used)]

use cabinet_paper::{PaperError, Worker, WorkerPaths};
use std::process::Command;

/// One page with the words "Xin chao", written here by hand.
fn small_pdf() -> Vec<u8> {
    let stream = "BT /F1 24 Tf 20 100 Td (Xin chao) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Contents 4 0 R \
         /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let table = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    places.iter().for_each(|p| out += &format!("{p:010} 00000 n \n"));
    out += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

fn paths() -> WorkerPaths {
    WorkerPaths::find().expect("`cargo xtask setup` fetches PDFium; the worker is built with this test")
}

#[test]
fn page_is_drawn_and_its_text_is_read_in_the_locked_process() {
    let mut worker = Worker::start(&paths()).unwrap();
    let shape = worker.open(Box::new(small_pdf()), None).unwrap();
    assert_eq!(shape, [(200.0, 300.0)]);
    let png = worker.page(0, 400).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 400);
    assert_eq!(u32::from_be_bytes(png[20..24].try_into().unwrap()), 600);
    assert!(worker.text(0).unwrap().contains("Xin chao"));
    assert_eq!(worker.page(7, 400), Err(PaperError::Page));
}

/// One letter, 100 points high, of a font that the paper names and does not bring: how much ink is on the page.
fn ink(font: &str, letter: &str) -> usize {
    let stream = "BT /F1 100 Tf 20 100 Td (A) Tj ET";
    let pdf = String::from_utf8(small_pdf()).unwrap();
    let own = format!(
        "/Subtype /TrueType /BaseFont /{font} /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [65 /{letter}] >> \
         /FontDescriptor << /Type /FontDescriptor /FontName /{font} /Flags 32 >>"
    );
    let pdf = pdf
        .replace("/Subtype /Type1 /BaseFont /Helvetica", &own)
        .replace("BT /F1 24 Tf 20 100 Td (Xin chao) Tj ET", stream)
        .replace("/Length 39", &format!("/Length {}", stream.len()));
    let mut worker = Worker::start(&paths()).unwrap();
    worker.open(Box::new(pdf.into_bytes()), None).unwrap();
    let page = worker.page(0, 200).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(page)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels.iter().filter(|p| **p < 128).count()
}

#[test]
fn paper_without_its_fonts_has_its_vietnamese_letters() {
    for font in ["TimesNewRomanPSMT", "TimesNewRoman,Bold", "ArialMT", "Arial,BoldItalic", "NoSuchFont"] {
        let (plain, with_marks) = (ink(font, "e"), ink(font, "uni1EC7"));
        assert!(plain > 100 && with_marks > plain + 20, "{font}: e {plain}, e with two marks {with_marks}");
    }
}

/// A scan: one picture of 490 kB, far more than what is asked for at once.
fn scanned_pdf() -> Vec<u8> {
    const SIDE: usize = 700;
    let noise = |n: usize| (n.wrapping_mul(2_654_435_761) >> 7) as u8 | 1;
    let mut out = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
        2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
        3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R \
        /Resources << /XObject << /I 5 0 R >> >> >>\nendobj\n\
        4 0 obj\n<< /Length 29 >>\nstream\n300 0 0 300 0 0 cm /I Do     \nendstream\nendobj\n"
        .to_vec();
    let image = "/Type /XObject /Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 8";
    let head = format!("5 0 obj\n<< {image} /Width {SIDE} /Height {SIDE} /Length {} >>\nstream\n", SIDE * SIDE);
    out.extend(head.bytes());
    out.extend((0..SIDE * SIDE).map(noise));
    out.extend(b"\nendstream\nendobj\ntrailer\n<< /Size 6 /Root 1 0 R >>\n%%EOF\n");
    out
}

#[test]
fn scanned_page_is_drawn_to_its_last_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scan.pdf");
    std::fs::write(&file, scanned_pdf()).unwrap();
    let mut worker = Worker::start(&paths()).unwrap();
    worker.open(Box::new(scanned_pdf()), None).unwrap();
    let bare = cabinet_paper::BarePdfium::load(&paths().library).unwrap().first_page(&file, 600).unwrap();
    assert!(bare.len() > 100_000, "the picture is there");
    assert!(worker.page(0, 600).unwrap() == bare, "the same pixels");
}

#[test]
fn what_is_no_pdf_is_a_typed_error_and_the_worker_lives() {
    let mut worker = Worker::start(&paths()).unwrap();
    assert_eq!(worker.open(Box::new(b"not a pdf".to_vec()), None), Err(PaperError::Format));
    assert_eq!(worker.open(Box::new(Vec::new()), None), Err(PaperError::Format));
    assert!(worker.open(Box::new(small_pdf()), None).is_ok());
}

#[test]
fn locked_process_reads_no_file_opens_no_socket_and_starts_no_program() {
    let paths = paths();
    let tried = Command::new(&paths.program).arg(&paths.library).arg("--escapes").output().unwrap();
    let said = String::from_utf8_lossy(&tried.stdout);
    print!("{said}");
    assert!(tried.status.success(), "{said}");
    let refused = said.lines().filter(|line| line.ends_with(": errno 1")).count();
    assert_eq!((refused, said.contains("GOT THROUGH")), (said.lines().count(), false), "each by EPERM: {said}");
    assert!(refused >= 60, "{refused} acts were tried");
}

/// A worker that asks and asks and reads nothing of what it is sent: it is ended, and the parent goes on.
#[cfg(unix)]
#[test]
fn worker_that_reads_nothing_holds_nobody_up() {
    use cabinet_paper::pipe::{FromWorker, send};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (said, program) = (folder.path().join("said"), folder.path().join("worker"));
    let mut words = Vec::new();
    send(&mut words, &FromWorker::Ready, &[]).unwrap();
    (0..1_000).for_each(|_| send(&mut words, &FromWorker::Need { offset: 0, length: 65_536 }, &[]).unwrap());
    std::fs::write(&said, words).unwrap();
    std::fs::write(&program, format!("#!/bin/sh\ncat {}\nexec sleep 60\n", said.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let began = std::time::Instant::now();
    let mut worker = Worker::start(&WorkerPaths { program, library: "/none".into() }).unwrap();
    assert_eq!(worker.open(Box::new(vec![0; 1 << 20]), None), Err(PaperError::WorkerDied));
    drop(worker);
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}
