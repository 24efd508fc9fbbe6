//! The pages as people use them: signing in, registering, reviewing, signing, reading; and everything that must be refused.

mod doors;
mod gallery;
mod journey;
mod rig;
mod writing;
