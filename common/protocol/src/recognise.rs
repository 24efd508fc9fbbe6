//! Finds out what stands on a line without saying anything but ACK to a confirmed enquiry.
