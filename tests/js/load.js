/* Loads the browser's modules into node, in the order in which Dash serves them. */
"use strict";

const path = require("node:path");

const ASSETS = path.join(__dirname, "..", "..", "assets", "js");

module.exports = (...names) => names.map((name) => require(path.join(ASSETS, `${name}.js`)));
