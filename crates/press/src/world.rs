//! What a template may see: two sources, the content, four fonts. No file, no network, no clock.

use chrono::{Datelike, NaiveDate};
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_pdf::Timestamp;

/// A Times-metric serif with Vietnamese letters, four styles; they are embedded.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&'static [u8]; 4] = [
        include_bytes!("../../../assets/fonts/LiberationSerif-Regular.ttf"),
        include_bytes!("../../../assets/fonts/LiberationSerif-Bold.ttf"),
        include_bytes!("../../../assets/fonts/LiberationSerif-Italic.ttf"),
        include_bytes!("../../../assets/fonts/LiberationSerif-BoldItalic.ttf"),
    ];
    files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect()
});

const LAYOUT: &str = include_str!("../../../assets/templates/layout.typ");

/// The desk on which a document is set.
pub struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    main: Source,
    layout: Source,
}

impl Desk {
    pub fn new(template: &str, content: String) -> Self {
        let mut inputs = Dict::new();
        inputs.insert("content".into(), content.into_value());
        Desk {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            main: Source::new(file("main.typ"), template.to_owned()),
            layout: Source::new(file("layout.typ"), LAYOUT.to_owned()),
        }
    }
}

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the names of templates are plain");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The day that a document carries; its making has no time of its own.
pub fn timestamp(date: NaiveDate) -> Option<Timestamp> {
    let day = Datetime::from_ymd_hms(date.year(), date.month() as u8, date.day() as u8, 0, 0, 0)?;
    Some(Timestamp::new_utc(day))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = [&self.main, &self.layout].into_iter().find(|s| s.id() == id);
        known.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
