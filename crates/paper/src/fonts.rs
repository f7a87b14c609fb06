//! The fonts for papers that don't bring their own: in the program itself, since a locked worker opens no file.

use pdfium_render::prelude::*;

/// Four styles of a family: regular, bold, italic, both.
type Family = [&'static [u8]; 4];

const SERIF: Family = [
    include_bytes!("../../../assets/fonts/LiberationSerif-Regular.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSerif-Bold.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSerif-Italic.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSerif-BoldItalic.ttf"),
];
const SANS: Family = [
    include_bytes!("../../../assets/fonts/LiberationSans-Regular.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSans-Bold.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSans-Italic.ttf"),
    include_bytes!("../../../assets/fonts/LiberationSans-BoldItalic.ttf"),
];
const MONO: Family = [include_bytes!("../../../assets/fonts/LiberationMono-Regular.ttf"); 4];

/// Parts of names, in lower case, that tell a family. Official papers are set in a Times, so what is not known gets serifs.
const MONO_NAMES: [&str; 4] = ["courier", "mono", "consol", "typewriter"];
const SANS_NAMES: [&str; 7] = ["arial", "helvet", "sans", "calibri", "verdana", "tahoma", "segoe"];

/// Answers PDFium's questions for a font, whatever its name: a paper is never without letters.
pub struct Fonts;

impl PdfiumCustomFontProvider for Fonts {
    fn provide(&mut self, request: PdfiumCustomFontProviderRequest) -> Option<PdfiumCustomFontProviderResponse> {
        let name = request.font_face.to_lowercase();
        let is_any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        let (number, family) = match () {
            _ if is_any(&MONO_NAMES) => (0, MONO),
            _ if is_any(&SANS_NAMES) => (1, SANS),
            _ => (2, SERIF),
        };
        let is_bold = name.contains("bold") || is_heavy(&request.weight);
        let is_italic = request.is_italic || name.contains("italic") || name.contains("oblique");
        let style = usize::from(is_bold) + 2 * usize::from(is_italic);
        Some(PdfiumCustomFontProviderResponse {
            id: (number * 4 + style + 1) as u64,
            font_face: request.font_face,
            character_set: request.character_set,
            data: family[style].to_vec(),
        })
    }
}

/// From semi-bold on, a face counts as bold.
fn is_heavy(weight: &PdfFontWeight) -> bool {
    use PdfFontWeight::*;
    matches!(weight, Weight600 | Weight700Bold | Weight800 | Weight900 | Custom(600..))
}
