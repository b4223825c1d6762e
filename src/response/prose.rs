//! What a body that is neither JSON nor a form says to people: HTML, XML, plain text, bytes.

use crate::http::Reply;

/// The body in words, which are a stranger's still; nothing of an empty one.
pub fn in_words(reply: &Reply, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(encoding) = reply.header("content-encoding") {
        return Some(format!("it is encoded as `{encoding}`, which is not understood"));
    }
    if text.starts_with(['{', '[']) {
        return Some("it is JSON that is damaged or no object".to_owned());
    }
    if text.starts_with('<') {
        return Some(markup(text));
    }
    // A success may be a bare token, which must not end up in a log.
    let is_success = (200..300).contains(&reply.status);
    Some(if is_success { format!("it is plain text, {} bytes long", text.len()) } else { text.to_owned() })
}

fn markup(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let kind = if lower.starts_with("<?xml") && !lower.contains("<html") { "XML" } else { "HTML" };
    let title = lower.find("<title").and_then(|start| {
        let open = start + lower[start..].find('>')? + 1;
        let close = open + lower[open..].find("</title")?;
        Some(text[open..close].trim()).filter(|title| !title.is_empty())
    });
    title.map_or_else(|| format!("it is {kind}"), |title| format!("it is {kind}, titled `{title}`"))
}
