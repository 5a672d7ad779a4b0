/** A rule that jobs may name: titan up --scheduler-plugin docs/examples/even-agents.ts */
export default {
  rules: {
    EvenAgent: () => ({
      about: 'attribute',
      name: 'EvenAgent',
      attribute: 'host',
      refuse: (host: string | undefined) =>
        Number(host?.at(-1)) % 2 === 0 ? undefined : 'its number is odd',
    }),
  },
};
