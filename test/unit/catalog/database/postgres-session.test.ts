import { expect } from 'chai';
import { serverUrls, withoutSecrets } from '../../../../src/catalog/database/postgres-session.js';

describe('the URL of a database', () => {
  it('names one server, or several with what they have in common', () => {
    expect(serverUrls('postgres://db/stocks')).to.deep.equal(['postgres://db/stocks']);
    expect(serverUrls('postgresql://me:secret@one:5432,two:5433/stocks?sslmode=require')).to.deep.equal([
      'postgresql://me:secret@one:5432/stocks?sslmode=require',
      'postgresql://me:secret@two:5433/stocks?sslmode=require',
    ]);
  });

  it('is shown without user, password and options', () => {
    for (const url of [
      'me:secret@one/stocks',
      'me:p@ss@one/stocks',
      'one/stocks?password=secret',
      'one/stocks',
    ]) {
      expect(withoutSecrets(`postgres://${url}`)).to.equal('postgres://one/stocks');
    }
  });
});
