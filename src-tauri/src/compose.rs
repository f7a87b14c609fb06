//! Typing by input methods: the syllable that is being composed stands in the field, as in any other program.

use tauri::WebviewWindow;

/// Lets the window's input method compose in the page. wry switches that off: a Vietnamese syllable would be seen only once it is finished,
/// and what Ctrl Enter signs would lack the last one.
#[cfg(target_os = "linux")]
pub fn compose_in_page(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{InputMethodContextExt, WebViewExt};
    window.with_webview(|view| {
        if let Some(context) = view.inner().input_method_context() {
            context.set_enable_preedit(true);
        }
    })
}

/// Elsewhere the web view does.
#[cfg(not(target_os = "linux"))]
pub fn compose_in_page(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
