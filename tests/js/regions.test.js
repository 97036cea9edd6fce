"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [{ query, values }, brush] = require("./load.js")("regions/page", "brush");

const START = { case: "glioma", brush: "rect:1,2,3,4", y: 0, x: 7, plane: "" };

test("the link's pixel holds while its case study and region do", () => {
  const told = { case: "glioma", region: "rect:1,2,3,4", relevant: "1", method: "masknet" };
  const same = values(told, START);
  assert.equal(query(same), "case=glioma&brush=rect:1,2,3,4&method=masknet&relevant=1&y=0&x=7");
  const other = values({ ...told, region: "region:rim" }, START);
  assert.equal(query(other), "case=glioma&brush=region:rim&method=masknet&relevant=1");
});

test("without a case study there is nothing to write", () => {
  assert.equal(query({ brush: "region:rim" }), null);
});

test("the brush leads to the Regions page, with the plane it was drawn in", () => {
  const scene = { case: "glioma", method: "deepfuse" };
  assert.equal(brush.regionsQuery("region:rim", scene), "case=glioma&brush=region:rim&method=deepfuse");
  assert.match(brush.regionsQuery("scatter:0,0,1,1", scene), /plane=deepfuse$/);
});
