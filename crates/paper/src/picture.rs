//! A drawn page: pixels from the worker, a PNG of the parent's own making. Security: what a decoder of the screen's reads was written here and not
//! by the process that a stranger's file ran in.

/// Limit: pixels of a page's longer side, whatever is asked for.
pub const PIXELS_MAX: u32 = 8_000;

/// Pixels, row by row from the top.
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// One byte a pixel instead of three.
    pub is_grey: bool,
    /// The pixels.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// Of red, green, blue and a fourth byte each. A page without colour becomes grey.
    pub fn of_rgba(rgba: &[u8], width: u32, height: u32) -> Self {
        let pixels = rgba.as_chunks::<4>().0;
        let is_grey = pixels.iter().all(|p| p[0] == p[1] && p[1] == p[2]);
        let bytes = match is_grey {
            true => pixels.iter().map(|p| p[0]).collect(),
            false => pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect(),
        };
        Picture { width, height, is_grey, bytes }
    }

    /// As PNG, if it is what it says. Compresses fast: measured, the time to encode is what a page turn can feel.
    pub fn png(&self) -> Option<Vec<u8>> {
        let of_pixel = if self.is_grey { 1 } else { 3 };
        let has_sides = [self.width, self.height].iter().all(|side| (1..=PIXELS_MAX).contains(side));
        if !has_sides || self.bytes.len() as u64 != u64::from(self.width) * u64::from(self.height) * of_pixel {
            return None;
        }
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(if self.is_grey { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header().ok()?.write_image_data(&self.bytes).ok()?;
        Some(out)
    }
}
