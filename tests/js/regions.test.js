"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const { query, values } = require("../../assets/js/regions.js");
const brush = require("../../assets/js/brush.js");

const START = { case: "glioma", brush: "rect:1,2,3,4", y: 0, x: 7, plane: "" };

test("the link's pixel holds while its case study and region do", () => {
  const same = values("glioma", "rect:1,2,3,4", "1", "masknet", START);
  assert.equal(query(same), "case=glioma&brush=rect%3A1%2C2%2C3%2C4&method=masknet&relevant=1&y=0&x=7");
  const other = values("glioma", "region:rim", "1", "masknet", START);
  assert.equal(query(other), "case=glioma&brush=region%3Arim&method=masknet&relevant=1");
});

test("without a case study there is nothing to write", () => {
  assert.equal(query({ brush: "region:rim" }), null);
});

test("the brush leads to the Regions page, with the plane it was drawn in", () => {
  const scene = { case: "glioma", method: "deepfuse" };
  assert.equal(brush.regionsQuery("region:rim", scene), "case=glioma&brush=region%3Arim&method=deepfuse");
  assert.match(brush.regionsQuery("scatter:0,0,1,1", scene), /plane=deepfuse$/);
});
