/** Mocha's spec report, closed by a line that any reader of a CI log understands. */
const { Spec } = require('mocha').reporters;

class Reporter extends Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
}

module.exports = Reporter;
