//! The server, asked as clients and operators ask it: one binary, which is linked once.

mod altinn;
mod hidden;
mod limits;
mod log;
mod operator;
mod pages;
mod policies;
mod rest;
mod support;
mod todo;
