//! One message in a simulated analyzer's memory, whatever its language.

use crate::messages::Message;

/// A message, named so that stories can ask what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The specimen it is about, or another name of its own.
    pub name: String,
    /// The text between the marks of the link.
    pub text: Vec<u8>,
    /// How many results a driver should find in it.
    pub observations: usize,
}

impl From<Message> for Letter {
    fn from(message: Message) -> Self {
        Self {
            text: message.text(),
            name: message.specimen,
            observations: message.observations,
        }
    }
}
