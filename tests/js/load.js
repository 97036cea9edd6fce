/* Loads the browser's modules into node, those that all pages share before the others, as the document does. The
 * addresses of the pages come from the server's own declaration (see test_js.py). */
"use strict";

const path = require("node:path");

const SCRIPTS = path.join(__dirname, "..", "..", "assets", "js");
const BASE = ["addresses", "numbers", "pixel_input", "bins", "scale_bar", "pictures", "windows", "arrays", "fetch"];

const file = (name) => path.join(SCRIPTS, name.includes("/") ? `${name}.js` : `shared/${name}.js`);

BASE.forEach((name) => require(file(name)));
globalThis.FuseVis.addresses.all = () => JSON.parse(process.env.FUSEVIS_ADDRESSES);

module.exports = (...names) => names.map((name) => require(file(name)));
