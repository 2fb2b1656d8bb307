//! The named data sets: how many cases, people and offices, and when.
//!
//! The figures of the two Los Angeles initiatives are those of the announcements of 2020 and 2021;
//! where an announcement is silent the figure is chosen, and says so.

use core::num::NonZeroU32;

use caseledger_domain::{Date, OrgId, Text};

use crate::import::{Directory, Format, Options};

/// A named data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Los Angeles, from state repository data: 66,000 cases of 53,000 people.
    La2020Doj,
    /// Los Angeles, from court records: 58,000 cases of 50,500 people, 2,300 of whom are also in
    /// [`Shape::La2020Doj`].
    La2021Court,
    /// San Francisco: 8,940 cases of 8,100 people.
    Sf2018,
    /// Alameda County: 2,080 cases.
    Alameda,
    /// Contra Costa County: 300 cases.
    ContraCosta,
    /// Nevada County: 100 cases.
    Nevada,
    /// Sacramento County: 600 cases.
    Sacramento,
    /// Santa Cruz County: 200 cases.
    SantaCruz,
    /// San Diego County: 1,696 cases.
    SanDiego,
}

/// How much of a data set to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    numerator: u32,
    denominator: Denominator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denominator {
    Fixed(NonZeroU32),
    /// The cases of the shape.
    Cases,
}

/// A size that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} cases are too many; make at most {max}", max = Size::CASES_MAX)]
pub(crate) struct SizeError(u32);

impl Size {
    /// Most cases of one data set: identifiers have room for no more.
    pub(crate) const CASES_MAX: u32 = 5_000_000;

    /// One in so many; `Size::one_in(NonZeroU32::MIN)` is the whole.
    pub(crate) const fn one_in(divisor: NonZeroU32) -> Self {
        Self {
            numerator: 1,
            denominator: Denominator::Fixed(divisor),
        }
    }

    /// Exactly so many cases, everything else in proportion.
    ///
    /// # Errors
    /// [`SizeError`] above [`Self::CASES_MAX`].
    pub(crate) const fn cases(count: u32) -> Result<Self, SizeError> {
        if count > Self::CASES_MAX {
            return Err(SizeError(count));
        }
        Ok(Self {
            numerator: count,
            denominator: Denominator::Cases,
        })
    }
}

/// How many of everything. Fractions are rounded up, so that no group vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// All cases.
    pub(crate) cases: u32,
    /// Cases whose cannabis charges are felonies.
    pub(crate) felonies: u32,
    /// The other cases: misdemeanors.
    pub(crate) misdemeanors: u32,
    /// Distinct people.
    pub(crate) people: u32,
    /// Those of them who are also in [`Shape::La2020Doj`] at the same size.
    pub(crate) shared_people: u32,
}

/// An office that prosecutes misdemeanors arrested in its city.
#[derive(Clone, Copy, Debug)]
pub(super) struct City {
    pub(super) office: &'static str,
    pub(super) ori: &'static str,
    /// Misdemeanors at full size.
    pub(super) cases: u32,
}

/// A court with the agency code that extracts use for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CourtSpec {
    pub(super) code: &'static str,
    pub(super) ori: &'static str,
}

/// Everything that is fixed about a shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) initiative: &'static str,
    pub(super) format: Format,
    pub(super) county: u16,
    pub(super) agency: &'static str,
    /// Of case numbers: `SYN-LA-000001`.
    pub(super) prefix: &'static str,
    pub(super) courts: &'static [CourtSpec],
    pub(super) sheriff: &'static str,
    pub(super) cities: &'static [City],
    pub(super) cases: u32,
    pub(super) felonies: u32,
    pub(super) people: u32,
    pub(super) shared_people: u32,
    /// First and last day of conviction; the first occurs.
    pub(super) days: (u32, u32),
    /// The day as of which sentences are judged.
    pub(super) as_of: u32,
}

const fn court(code: &'static str, ori: &'static str) -> CourtSpec {
    CourtSpec { code, ori }
}

const fn city(office: &'static str, ori: &'static str, cases: u32) -> City {
    City { office, ori, cases }
}

const fn ymd(year: u32, month: u32, day: u32) -> u32 {
    year * 10_000 + month * 100 + day
}

const LA_COURTS: &[CourtSpec] = &[
    court("LASC-CJC", "CAZZ37J01"),
    court("LASC-COMPTON", "CAZZ37J02"),
    court("LASC-LONGBEACH", "CAZZ37J03"),
    court("LASC-VANNUYS", "CAZZ37J04"),
    court("LASC-PASADENA", "CAZZ37J05"),
    court("LASC-POMONA", "CAZZ37J06"),
    court("LASC-TORRANCE", "CAZZ37J07"),
    court("LASC-LANCASTER", "CAZZ37J08"),
];

/// Pasadena's 250 are reported; the shares of the other nine are chosen.
const LA_CITIES: &[City] = &[
    city("city-pasadena", "CAZZ37001", 250),
    city("city-hermosa", "CAZZ37002", 100),
    city("city-redondo", "CAZZ37003", 90),
    city("city-hawthorne", "CAZZ37004", 120),
    city("city-santamonica", "CAZZ37005", 160),
    city("city-burbank", "CAZZ37006", 180),
    city("city-inglewood", "CAZZ37007", 200),
    city("city-torrance", "CAZZ37008", 250),
    city("city-longbeach", "CAZZ37009", 700),
    city("city-losangeles", "CAZZ37010", 1_950),
];

const LA_2020: Spec = Spec {
    initiative: "LA-2020-DOJ",
    format: Format::Doj,
    county: 37,
    agency: "lada",
    prefix: "LA",
    courts: LA_COURTS,
    sheriff: "CAZZ37000",
    cities: LA_CITIES,
    cases: 66_000,
    felonies: 62_000,
    people: 53_000,
    shared_people: 0,
    days: (ymd(1961, 1, 3), ymd(2016, 11, 8)),
    as_of: ymd(2019, 7, 1),
};

const LA_2021: Spec = Spec {
    initiative: "LA-2021-COURT",
    format: Format::Court,
    prefix: "LC",
    // The misdemeanors of cities without a city attorney are the district attorney's.
    cities: &[],
    cases: 58_000,
    felonies: 20_000,
    people: 50_500,
    shared_people: 2_300,
    days: (ymd(1988, 1, 4), ymd(2016, 11, 8)),
    as_of: ymd(2021, 9, 27),
    ..LA_2020
};

const SF_2018: Spec = Spec {
    initiative: "SF-2018",
    county: 75,
    agency: "sfda",
    prefix: "SF",
    courts: &[court("SFSC-HOJ", "CAZZ75J01")],
    sheriff: "CAZZ75000",
    cities: &[],
    cases: 8_940,
    // "Felony and misdemeanor"; the split is chosen.
    felonies: 5_400,
    people: 8_100,
    days: (ymd(1975, 1, 2), ymd(2016, 11, 8)),
    as_of: ymd(2018, 1, 31),
    ..LA_2020
};

/// The small counties: shares of felonies and people are chosen.
const ALAMEDA: Spec = Spec {
    initiative: "ALAMEDA-2020",
    county: 1,
    agency: "alcoda",
    prefix: "AL",
    courts: &[court("ALSC-RCD", "CAZZ01J01")],
    sheriff: "CAZZ01000",
    cases: 2_080,
    felonies: 1_560,
    people: 1_664,
    days: (ymd(1975, 1, 2), ymd(2016, 11, 8)),
    as_of: ymd(2019, 7, 1),
    ..SF_2018
};

const CONTRA_COSTA: Spec = Spec {
    initiative: "CCOSTA-2020",
    county: 13,
    agency: "ccda",
    prefix: "CC",
    courts: &[court("CCSC-MTZ", "CAZZ13J01")],
    sheriff: "CAZZ13000",
    cases: 300,
    felonies: 225,
    people: 240,
    ..ALAMEDA
};

const NEVADA: Spec = Spec {
    initiative: "NEVADA-2020",
    county: 57,
    agency: "nevcoda",
    prefix: "NE",
    courts: &[court("NESC-NEV", "CAZZ57J01")],
    sheriff: "CAZZ57000",
    cases: 100,
    felonies: 75,
    people: 80,
    ..ALAMEDA
};

const SACRAMENTO: Spec = Spec {
    initiative: "SACRAM-2020",
    county: 67,
    agency: "sacda",
    prefix: "SA",
    courts: &[court("SASC-SAC", "CAZZ67J01")],
    sheriff: "CAZZ67000",
    cases: 600,
    felonies: 450,
    people: 480,
    ..ALAMEDA
};

const SANTA_CRUZ: Spec = Spec {
    initiative: "SCRUZ-2020",
    county: 87,
    agency: "sczda",
    prefix: "SZ",
    courts: &[court("SZSC-SCZ", "CAZZ87J01")],
    sheriff: "CAZZ87000",
    cases: 200,
    felonies: 150,
    people: 160,
    ..ALAMEDA
};

const SAN_DIEGO: Spec = Spec {
    initiative: "SDIEGO-2021",
    county: 73,
    agency: "sdda",
    prefix: "SD",
    courts: &[court("SDSC-CTL", "CAZZ73J01")],
    sheriff: "CAZZ73000",
    cases: 1_696,
    felonies: 1_272,
    people: 1_357,
    ..ALAMEDA
};

impl Shape {
    /// All shapes.
    pub(crate) const ALL: [Self; 9] = [
        Self::La2020Doj,
        Self::La2021Court,
        Self::Sf2018,
        Self::Alameda,
        Self::ContraCosta,
        Self::Nevada,
        Self::Sacramento,
        Self::SantaCruz,
        Self::SanDiego,
    ];

    pub(super) const fn spec(self) -> Spec {
        match self {
            Self::La2020Doj => LA_2020,
            Self::La2021Court => LA_2021,
            Self::Sf2018 => SF_2018,
            Self::Alameda => ALAMEDA,
            Self::ContraCosta => CONTRA_COSTA,
            Self::Nevada => NEVADA,
            Self::Sacramento => SACRAMENTO,
            Self::SantaCruz => SANTA_CRUZ,
            Self::SanDiego => SAN_DIEGO,
        }
    }

    /// The shape with that initiative slug.
    pub(crate) fn from_initiative(slug: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|shape| shape.initiative() == slug)
    }

    /// Slug of the initiative: `LA-2020-DOJ`. It also names the shape on the command line.
    pub(crate) const fn initiative(self) -> &'static str {
        self.spec().initiative
    }

    /// The format in which the list of the initiative came.
    pub(crate) const fn format(self) -> Format {
        self.spec().format
    }

    /// FIPS county number within the state.
    pub(crate) const fn county(self) -> u16 {
        self.spec().county
    }

    /// How many of everything there are at a size.
    pub(crate) fn figures(self, size: Size) -> Figures {
        let spec = self.spec();
        let denominator = match size.denominator {
            Denominator::Fixed(divisor) => divisor.get(),
            Denominator::Cases => spec.cases,
        };
        let scaled = |full: u32| {
            let exact = u64::from(full) * u64::from(size.numerator);
            u32::try_from(exact.div_ceil(u64::from(denominator))).unwrap_or(u32::MAX)
        };
        let cases = scaled(spec.cases);
        let felonies = scaled(spec.felonies).min(cases);
        let people = scaled(spec.people).min(cases);
        Figures {
            cases,
            felonies,
            misdemeanors: cases - felonies,
            people,
            shared_people: scaled(spec.shared_people).min(people),
        }
    }

    /// The size of [`Shape::La2020Doj`] that belongs to this shape at a size: in proportion.
    pub(super) const fn size_of_la_2020(self, size: Size) -> Size {
        match size.denominator {
            Denominator::Fixed(_) => size,
            Denominator::Cases => Size {
                numerator: size.numerator,
                denominator: match NonZeroU32::new(self.spec().cases) {
                    Some(cases) => Denominator::Fixed(cases),
                    None => Denominator::Cases,
                },
            },
        }
    }

    /// What an import of a generated file needs to know besides the file.
    pub(crate) fn options(self, format: Format) -> Options {
        let spec = self.spec();
        Options {
            format,
            agency: office(spec.agency),
            county: None,
            as_of: Some(day(spec.as_of)),
            directory: self.directory(),
        }
    }

    /// The courts and city attorneys behind the agency codes of a generated extract.
    pub(crate) fn directory(self) -> Directory {
        let spec = self.spec();
        let mut directory = Directory::default();
        for court in spec.courts {
            directory.add_court(code(court.ori), code(court.code));
        }
        for city in spec.cities {
            directory.add_prosecutor(code(city.ori), office(city.office));
        }
        directory
    }
}

/// A code of the tables of this module.
#[expect(
    clippy::expect_used,
    reason = "only called with literals of this folder, all of which a test parses"
)]
pub(super) fn code<const N: usize>(literal: &'static str) -> Text<N> {
    Text::parse(literal).expect("a literal is a code")
}

/// An organisation of the tables of this module.
#[expect(
    clippy::expect_used,
    reason = "only called with literals of this folder, all of which a test parses"
)]
pub(super) fn office(literal: &'static str) -> OrgId {
    literal.parse().expect("a literal is an organisation id")
}

/// A day of the tables of this module.
#[expect(
    clippy::expect_used,
    reason = "only called with literals of this folder, all of which a test parses"
)]
pub(super) fn day(literal: u32) -> Date {
    Date::from_yyyymmdd(literal).expect("a literal is a date")
}
