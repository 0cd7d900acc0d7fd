//! QR codes (ISO/IEC 18004) of a URL: as SVG for any size, and as PNG for programs that take no SVG.

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

/// The quiet zone around the code, in modules (ISO/IEC 18004, section 5.3.8).
const QUIET: usize = 4;

/// Pixels of a module's side in the PNG: a code of a URL is then some 330 pixels wide.
const PIXELS: usize = 8;

/// The longest text, in bytes: a code beyond this can hardly be read from a poster.
pub const TEXT_BYTES_MAX: usize = 500;

/// A text that is too long for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// The code of one text.
#[derive(Debug, Clone)]
pub struct Code {
    /// Rows of modules, dark or not.
    rows: Vec<Vec<bool>>,
}

impl Code {
    /// Encodes a text so that it survives losing 15 % of the code.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn new(text: &str) -> Result<Self, TooLong> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TooLong);
        }
        let code = QrCode::with_error_correction_level(text, EcLevel::M);
        let code = code.map_err(|_: QrError| TooLong)?;
        let colors = code.to_colors();
        let dark = |row: &[Color]| row.iter().map(|module| *module == Color::Dark).collect();
        Ok(Self { rows: colors.chunks(code.width().max(1)).map(dark).collect() })
    }

    /// Modules of a side, with the quiet zone.
    fn side(&self) -> usize {
        self.rows.len() + 2 * QUIET
    }

    /// The code in black on white, which all readers take, as an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for (y, row) in self.rows.iter().enumerate() {
            for (x, length) in runs(row) {
                path.push_str(&format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET));
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             width=\"{pixels}\" height=\"{pixels}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>",
            pixels = side * PIXELS,
        )
    }

    /// The same as PNG, of one bit a pixel.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let side = self.side() * PIXELS;
        let mut image = Vec::with_capacity(side * side.div_ceil(8));
        for y in 0..self.side() {
            let line = self.line(y);
            for _ in 0..PIXELS {
                image.extend_from_slice(&line);
            }
        }
        let mut file = Vec::new();
        let pixels = u32::try_from(side).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut file, pixels, pixels);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&image));
        debug_assert!(written.is_ok(), "a vector takes whatever is written");
        file
    }

    /// A line of pixels through the modules at `y`, the first in the highest bit; white is 1.
    fn line(&self, y: usize) -> Vec<u8> {
        // A module of 8 pixels is a byte.
        const { assert!(PIXELS == 8) }
        let row = y.checked_sub(QUIET).and_then(|y| self.rows.get(y));
        let is_dark = |x: usize| {
            let module = x.checked_sub(QUIET).zip(row).and_then(|(x, row)| row.get(x));
            module.copied().unwrap_or(false)
        };
        (0..self.side()).map(|x| if is_dark(x) { 0x00 } else { 0xff }).collect()
    }
}

/// Where dark modules begin in a row, and how many there are in turn.
fn runs(row: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == x => *length += 1,
            _ => runs.push((x, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://confab.example/c/0123456789abcdefghjkmnpqrs";

    #[test]
    fn a_code_has_its_three_eyes() {
        let code = Code::new(URL).unwrap();
        let last = code.rows.len() - 7;
        for (x, y) in [(0, 0), (last, 0), (0, last)] {
            assert!(code.rows[y][x..x + 7].iter().all(|dark| *dark), "an eye at {x}, {y}");
            assert!(!code.rows[y + 1][x + 1] && code.rows[y + 3][x + 3]);
        }
    }

    #[test]
    fn dark_modules_in_turn_are_one_run() {
        assert_eq!(runs(&[true, true, false, true]), [(0, 2), (3, 1)]);
        assert_eq!(runs(&[false, false]), []);
    }

    #[test]
    fn the_png_has_the_size_of_the_code() {
        let code = Code::new(URL).unwrap();
        let file = code.png();
        let decoder = png::Decoder::new(std::io::Cursor::new(&file));
        let reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().width as usize, code.side() * PIXELS);
        assert_eq!(reader.info().bit_depth, png::BitDepth::One);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(Code::new(&"x".repeat(TEXT_BYTES_MAX)).is_ok());
        assert_eq!(Code::new(&"x".repeat(TEXT_BYTES_MAX + 1)).map(|_| ()), Err(TooLong));
    }
}
