//! A figure of an announcement on the command line: how it is counted.

use std::str::FromStr;

use caseledger_client::pb::event::v1::{Figure, FigureFilter};
use caseledger_domain::Phase;
use caseledger_domain::view::Unit;
use caseledger_domain::vocabulary::{Denominator, Vocabulary as _};

use super::parse::ArgumentError;

/// `LABEL;STAGE;UNIT`, then any of `;DIMENSION=VALUE,VALUE`, `;of=FILTERS` and `;value=NUMBER`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FigureArg(pub(crate) Figure);

impl FromStr for FigureArg {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        figure(text).map(Self).ok_or(ArgumentError::Figure)
    }
}

fn figure(text: &str) -> Option<Figure> {
    let mut parts = text.split(';');
    let label = parts.next().filter(|label| !label.is_empty())?;
    let stage = Phase::from_code(&parts.next()?.to_ascii_uppercase())?;
    let unit = Unit::from_code(&parts.next()?.to_ascii_uppercase())?;
    let mut figure = Figure {
        label: label.to_owned(),
        stage: stage.number().into(),
        unit: unit.number().into(),
        filters: Vec::new(),
        denominator: Denominator::Ledger.number().into(),
        value: None,
        of: None,
    };
    for part in parts {
        match part.split_once('=')? {
            ("of", code) => {
                let denominator = Denominator::from_code(&code.to_ascii_uppercase())?;
                figure.denominator = denominator.number().into();
            }
            ("value", number) => figure.value = Some(number.parse().ok()?),
            (dimension, values) => {
                if dimension.is_empty() || values.split(',').any(str::is_empty) {
                    return None;
                }
                figure.filters.push(FigureFilter {
                    dimension: dimension.to_owned(),
                    values: values.split(',').map(str::to_owned).collect(),
                });
            }
        }
    }
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_a_figure_is_counted() {
        let read = "LA FELONIES;dismissed;cases;county=037;severity=FELONY;of=filters;value=66";
        let FigureArg(figure) = read.parse().unwrap();
        assert_eq!(figure.label, "LA FELONIES");
        assert_eq!((figure.stage, figure.unit, figure.denominator), (5, 1, 2));
        assert_eq!((figure.value, figure.of), (Some(66), None));
        let dimensions: Vec<_> = figure.filters.iter().map(|part| &part.dimension).collect();
        assert_eq!(dimensions, ["county", "severity"]);
        assert_eq!(figure.filters[0].values, ["037"]);
    }

    #[test]
    fn refuses_what_is_no_figure() {
        for text in [
            "",
            "ALL",
            "ALL;DONE;cases",
            "ALL;SEALED;residents",
            ";SEALED;cases",
            "ALL;SEALED;cases;county",
            "ALL;SEALED;cases;county=",
            "ALL;SEALED;cases;of=everything",
            "ALL;SEALED;cases;value=some",
        ] {
            assert_eq!(
                text.parse::<FigureArg>(),
                Err(ArgumentError::Figure),
                "{text}"
            );
        }
    }
}
