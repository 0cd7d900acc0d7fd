//! Request methods.

use std::fmt;

use super::text::is_token;

macro_rules! methods {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A method, compared letter for letter (RFC 3261 section 7.1).
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub(crate) enum Method {
            $($variant,)*
            /// One that means nothing to us.
            Other(Box<str>),
        }

        impl Method {
            /// `None` when it is no token.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => is_token(text).then(|| Self::Other(text.into())),
                }
            }

            pub(crate) fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

methods! {
    Invite = "INVITE",
    Ack = "ACK",
    Bye = "BYE",
    Cancel = "CANCEL",
    Options = "OPTIONS",
    Update = "UPDATE",
    Info = "INFO",
    Message = "MESSAGE",
    Notify = "NOTIFY",
    Prack = "PRACK",
    Publish = "PUBLISH",
    Refer = "REFER",
    Register = "REGISTER",
    Subscribe = "SUBSCRIBE",
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
