import { describe, expect, it } from 'vitest';
import { RULES } from './rules.ts';
import { sameness } from './sameness.ts';

describe.each(RULES.map((rule) => ({ name: rule.name, rule })))('rule "$name"', ({ rule }) => {
  const { example } = rule;
  const message = rule.messages?.[0];

  it(`makes its example ${rule.makes}, alone`, () => {
    expect(example.a).not.toBe(example.b);
    expect(sameness(example.field, message, example.a, example.b, [rule], example.own)).toEqual({ class: rule.makes, rules: [rule.name] });
  });

  it.each(example.different)('leaves it different from %j', (different) => {
    expect(sameness(example.field, message, example.a, different, [rule], example.own).class).toBe('different');
  });

  it('does not touch other fields', () => {
    expect(sameness('code', message, example.a, example.b, [rule], example.own).class).toBe('different');
  });
});

it('applies rules for notices to notices only', () => {
  expect(sameness('header subject', 'bounce', 'Mail delivery failed', 'Undelivered Mail').class).toBe('equivalent');
  expect(sameness('header subject', 'mail', 'Mail delivery failed', 'Undelivered Mail').class).toBe('different');
});

it('never makes codes the same', () => {
  for (const field of ['code', 'end', 'place', 'dsn status', 'spf', 'envelope from']) expect(sameness(field, 'mail', '450', '550').class).toBe('different');
});

it('has a name of its own for every rule, and asks identical ones first', () => {
  expect(new Set(RULES.map((rule) => rule.name)).size).toBe(RULES.length);
  const makes = RULES.map((rule) => rule.makes);
  expect(makes.lastIndexOf('identical')).toBeLessThan(makes.indexOf('equivalent'));
});
