// Runs the cases in their order; one that fails is printed and makes the program fail.
'use strict';

exports.runCases = async (cases) => {
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`passed ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
  process.exit(failed === 0 && Object.keys(cases).length > 0 ? 0 : 1);
};
