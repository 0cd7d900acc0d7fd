//! Tables as text (RFC 4180).

/// What a spreadsheet takes for the beginning of a formula
/// ([OWASP, CSV injection](https://owasp.org/www-community/attacks/CSV_Injection)).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What somebody wrote, as text that no spreadsheet computes: an apostrophe before it keeps it text.
pub(super) fn harmless(text: &str) -> String {
    if text.trim_start().starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// A line of fields.
pub(super) fn line(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| quote(field)).collect();
    quoted.join(",") + "\r\n"
}

fn quote(field: &str) -> String {
    match field.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        let fields = ["a", "b c", "d,e", "say \"f\"", "g\r\nh", ""].map(str::to_owned);
        assert_eq!(line(&fields), "a,b c,\"d,e\",\"say \"\"f\"\"\",\"g\r\nh\",\r\n");
    }

    #[test]
    fn no_title_becomes_a_formula() {
        for bad in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "=HYPERLINK(\"http://x\")"]
        {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
        for good in ["Planning", "1 + 1", "a@example.com", "", "— =1"] {
            assert_eq!(harmless(good), good);
        }
    }
}
