import { expect } from 'chai';
import { parseConfig } from '../../../src/shared/config.js';
import { allLinks, linkSettings, linkText } from '../../chaos/links.js';

describe('the links of a chaos run', () => {
  it('leave the frontend among the frontends that docker-compose.yml names', () => {
    const named = { FRONTEND_ADDRESS: 'frontend:8081', FRONTEND_ADDRESSES: 'frontend:8081' };
    const led = linkSettings('frontend', allLinks, (link) => `${linkText(link).replace('>', '-')}:1`);
    const { FRONTEND_ADDRESS, FRONTEND_ADDRESSES } = parseConfig({ ...named, ...led }, 'frontend');
    expect(FRONTEND_ADDRESSES).to.deep.equal([FRONTEND_ADDRESS]);
    expect(FRONTEND_ADDRESS).to.equal('catalog-frontend:1');
  });
});
