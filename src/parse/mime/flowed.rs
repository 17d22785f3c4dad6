//! `format=flowed` (RFC 3676): paragraphs that were broken into lines ending with a space.

/// Joins flowed lines. `del_sp` says that the space before a soft break is to go (languages without spaces).
pub(super) fn unflow(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Depth of quoting of the paragraph being joined.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        // A space after the marks was stuffed (§4.4).
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        match open {
            // A change of depth ends a paragraph even when it asks to flow on (§4.5).
            Some(before) if before == depth && content != "-- " => {}
            _ => {
                if !out.is_empty() || open.is_some() {
                    out.push('\n');
                }
                out.extend(std::iter::repeat_n('>', depth));
                if depth > 0 && !content.is_empty() {
                    out.push(' ');
                }
            }
        }
        let flows = content.ends_with(' ') && content != "-- ";
        out.push_str(if flows && del_sp { content.strip_suffix(' ').unwrap_or(content) } else { content });
        open = flows.then_some(depth);
        if !flows && out.is_empty() {
            // An empty first line is a line all the same.
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_become_paragraphs() {
        let text = "Dear Li, \nplease send \nyour offer.\n\n> We make \n> pumps.\n>> Hello\n-- \nBob";
        assert_eq!(unflow(text, false), "Dear Li, please send your offer.\n\n> We make pumps.\n>> Hello\n-- \nBob");
    }

    #[test]
    fn languages_without_spaces_lose_none_they_had() {
        assert_eq!(unflow("请报 \n价。", true), "请报价。");
        assert_eq!(unflow(" From here", false), "From here");
    }
}
