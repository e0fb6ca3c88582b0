//! The server, asked as clients and operators ask it: one binary, which is linked once.

mod altinn;
mod asked;
mod cases;
mod hidden;
mod limits;
mod log;
mod operator;
mod pages;
mod policies;
mod rest;
mod stop;
mod support;
mod todo;
