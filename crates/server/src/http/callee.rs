//! Whom a request wants called, now or at the set time.

use std::net::IpAddr;

use conference::{CallSecret, ClientAddress, Conference, Country, ParticipantName, PhoneNumber};
use serde::Deserialize;

use super::App;
use super::host::Credentials;
use super::participants::parse_name;
use super::problem::Problem;
use crate::switchboard::Placement;

/// Who shall be called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Callee {
    number: String,
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// The PIN, where there is one.
    #[serde(default)]
    pin: Option<String>,
    /// The secret of the same person's session by browser.
    #[serde(default)]
    browser: Option<String>,
}

impl Callee {
    /// The call into a conference that is asked for from an address.
    pub(super) async fn placement(
        self,
        app: &App,
        conference: Conference,
        client: IpAddr,
        credentials: &Credentials,
    ) -> Result<Placement, Problem> {
        let number = self.number(app)?;
        let name = self.name()?;
        let browser = parse_secret("browser", self.browser)?;
        let proof = app.proof(&conference, credentials, self.pin.as_deref()).await?;
        let client = ClientAddress::from(client);
        Ok(Placement { conference, number, name, browser, client, proof })
    }

    /// The number as it was typed, in the national form of the country or the server's.
    fn number(&self, app: &App) -> Result<PhoneNumber, Problem> {
        let country = match &self.country {
            Some(country) => country.parse::<Country>().map_err(|_| {
                Problem::invalid("country", "Give the country by its two letters, such as FR.")
            })?,
            None => app.settings.default_country,
        };
        PhoneNumber::parse(&self.number, country)
            .map_err(|error| Problem::invalid("number", error.to_string()))
    }

    fn name(&self) -> Result<Option<ParticipantName>, Problem> {
        let name = self.name.as_deref().filter(|name| !name.trim().is_empty());
        name.map(parse_name).transpose()
    }
}

/// The secret of one of the client's calls, if a request names one.
pub(super) fn parse_secret(
    field: &'static str,
    text: Option<String>,
) -> Result<Option<CallSecret>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|_| Problem::invalid(field, "This is not the id of a call."))
}
