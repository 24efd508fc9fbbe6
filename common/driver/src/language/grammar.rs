//! The order of records as data: which record opens which level, and which merely stands beside another.

/// What a language knows about its records.
pub(crate) struct Grammar {
    /// Every record the standard or the maker names.
    pub(crate) levels: &'static [Level],
    /// The records that carry one result each, unless a profile says otherwise.
    pub(crate) rows: &'static [&'static str],
    /// Comments on the record before them.
    pub(crate) comments: &'static [&'static str],
    /// Questions for work, and the field that holds the specimen numbers asked about.
    pub(crate) questions: &'static [(&'static str, usize)],
    /// Records without which no result belongs to a specimen.
    pub(crate) orders: &'static [&'static str],
    /// Records of persons: never shown, whatever the profile says.
    pub(crate) personal: &'static [&'static str],
    /// Whether a line that is no record may have been an order: its name is one of the first characters, and nothing on
    /// some lines proves them.
    pub(crate) hides_orders: bool,
    /// Whether a text may be the name of a record.
    pub(crate) is_name: fn(&str) -> bool,
    /// What such a name looks like, in French.
    pub(crate) name_words: &'static str,
    /// Why a text is no record of the language, in French.
    pub(crate) not_a_record: &'static str,
    /// What is missing when a result stands without any order, in French.
    pub(crate) no_order: &'static str,
}

/// A record and its standing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) record: &'static str,
    pub(crate) standing: Standing,
}

/// What a record does to those in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Opens this level and closes what stood at it or below it. 0 is the message.
    Opens(u8),
    /// Begins a group at this level before the record that opens it, and stays in force inside (HL7 ORC before OBR).
    Before(u8),
    /// Belongs to the innermost open level, several of a name side by side; in force for all of it, also for what stands
    /// before it.
    Beside,
    /// Belongs to the group open at this level although it comes at its end (HL7 SPM after the OBX rows).
    Late(u8),
    /// Known, never in force.
    Silent,
    /// Ends what the record before it said.
    Ends,
}

impl Level {
    pub(crate) const fn new(record: &'static str, standing: Standing) -> Self {
        Self { record, standing }
    }

    /// The standing of a record, if the table names it.
    pub(crate) fn of(levels: &[Self], record: &str) -> Option<Standing> {
        levels
            .iter()
            .find(|level| level.record == record)
            .map(|level| level.standing)
    }
}

impl Grammar {
    pub(crate) fn is_row(&self, record: &str) -> bool {
        self.rows.contains(&record)
    }

    pub(crate) fn is_comment(&self, record: &str) -> bool {
        self.comments.contains(&record)
    }

    /// Whether one wrong character may have made this name out of that of an order. Of one-letter names nothing can be
    /// said: makers use the others for records of their own.
    pub(crate) fn is_nearly_order(&self, name: &str) -> bool {
        let wrong = |order: &str| {
            order
                .bytes()
                .zip(name.bytes())
                .filter(|(a, b)| a != b)
                .count()
        };
        self.hides_orders
            && self
                .orders
                .iter()
                .any(|order| order.len() > 1 && order.len() == name.len() && wrong(order) == 1)
    }

    /// Whether a line with this name may have been an order.
    pub(crate) fn may_be_order(&self, name: &str) -> bool {
        self.hides_orders && (!(self.is_name)(name) || self.is_nearly_order(name))
    }

    /// The field of the specimen numbers, when the record is a question.
    pub(crate) fn question(&self, record: &str) -> Option<usize> {
        let found = self.questions.iter().find(|(name, _)| *name == record);
        found.map(|(_, field)| *field)
    }
}
