//! Makers' own links: blocks that are answered, and lines that are only heard.

mod abx;
mod bench;
mod blocks;
mod captures;
mod listening;
mod pair;
mod sending;
mod smoke;
