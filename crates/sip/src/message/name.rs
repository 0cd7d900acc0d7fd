//! Header field names.

use std::fmt;

macro_rules! names {
    ($($variant:ident = $long:literal $(or $compact:literal)?),* $(,)?) => {
        /// The name of a header field that we know, or any other.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) enum Name {
            $($variant,)*
            /// One that means nothing to us.
            Other(Box<str>),
        }

        impl Name {
            /// Names are compared without regard to case; compact forms count as the long ones.
            pub(crate) fn parse(text: &str) -> Self {
                $(if text.eq_ignore_ascii_case($long) $(|| text.eq_ignore_ascii_case($compact))? {
                    return Self::$variant;
                })*
                Self::Other(text.into())
            }

            fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $long,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

names! {
    Via = "Via" or "v",
    From = "From" or "f",
    To = "To" or "t",
    CallId = "Call-ID" or "i",
    CSeq = "CSeq",
    MaxForwards = "Max-Forwards",
    Contact = "Contact" or "m",
    ContentLength = "Content-Length" or "l",
    ContentType = "Content-Type" or "c",
    ContentEncoding = "Content-Encoding" or "e",
    ContentDisposition = "Content-Disposition",
    Route = "Route",
    RecordRoute = "Record-Route",
    Allow = "Allow",
    Accept = "Accept",
    AcceptEncoding = "Accept-Encoding",
    Supported = "Supported" or "k",
    Unsupported = "Unsupported",
    Require = "Require",
    UserAgent = "User-Agent",
    Server = "Server",
    RetryAfter = "Retry-After",
    Reason = "Reason",
    Timestamp = "Timestamp",
    SessionExpires = "Session-Expires" or "x",
    Authorization = "Authorization",
    ProxyAuthorization = "Proxy-Authorization",
    WwwAuthenticate = "WWW-Authenticate",
    ProxyAuthenticate = "Proxy-Authenticate",
    AssertedIdentity = "P-Asserted-Identity",
}

impl Name {
    /// Whether a second field of that name makes a message malformed.
    pub(crate) fn is_single(&self) -> bool {
        matches!(
            self,
            Self::From
                | Self::To
                | Self::CallId
                | Self::CSeq
                | Self::MaxForwards
                | Self::ContentLength
                | Self::ContentType
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
