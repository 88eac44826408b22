// Prints one JSON line for each file named and each parser that reads its format: what the parser saw of it.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import RssParser from "rss-parser";

const seconds = (date) => (date === undefined ? null : Date.parse(date) / 1000);

const item = (id, title, link, published, updated) => ({
  id,
  title,
  link,
  published: seconds(published),
  updated: seconds(updated),
});

const alternates = (links = []) => links.filter(({ rel }) => rel === undefined || rel === "alternate");

const feedsmith = {
  "rss.xml": (text) =>
    parseRssFeed(text).items?.map((i) => item(i.guid?.value, i.title, i.link, i.pubDate, i.atom?.updated)),
  "atom.xml": (text) =>
    parseAtomFeed(text).entries?.map((e) =>
      item(e.id, e.title?.value, alternates(e.links)[0]?.href, e.published, e.updated),
    ),
  "feed.json": (text) =>
    parseJsonFeed(text).items?.map((i) => item(i.id, i.title, i.url, i.date_published, i.date_modified)),
};

// It tells no second date: isoDate is the published one, else the updated one.
const readRss = async (text) =>
  (await new RssParser().parseString(text)).items.map((i) => item(i.guid ?? i.id, i.title, i.link, i.isoDate));

const parsers = {
  feedsmith,
  "rss-parser": { "rss.xml": readRss, "atom.xml": readRss },
};

for (const path of process.argv.slice(2)) {
  const format = basename(path);
  for (const [parser, formats] of Object.entries(parsers)) {
    if (format in formats) {
      const items = (await formats[format](readFileSync(path, "utf8"))) ?? [];
      console.log(JSON.stringify({ path, parser, items }));
    }
  }
}
