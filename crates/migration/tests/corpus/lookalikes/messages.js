export const messages = {
  // Texts that people see.
  delegated: 'The function getDelegationToken() failed. Ask your administrator about delegation.',
  docs: 'https://auth0.com/docs/tokens/delegation',
};
