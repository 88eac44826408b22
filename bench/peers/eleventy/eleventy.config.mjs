// What Eleventy does of the job: RSS, Atom and JSON Feed of every topic and of all, by date, 50 entries, by
// pagination over topics and templates in Nunjucks with the filters of its plugin for RSS. Pages of articles
// are not written (permalink: false). What it does not do: keep ids through a renaming, tell a changed article
// from an old one, sanitise, withdraw, explain, or build anew only what changed.
import { readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import rss from "@11ty/eleventy-plugin-rss";

const HERE = dirname(fileURLToPath(import.meta.url));
const MIN_QUALITY = 50;
const LIMIT = 50;
const RELATED = 5;

function content(item) {
  const related = (item.data.related ?? []).filter((one) => one.quality >= MIN_QUALITY).slice(0, RELATED);
  const links = related.map((one) => `<li><a href="${one.webUrl}">${one.title}</a></li>`).join("");
  const body = item.rawInput.trim() || `<p>${item.data.excerpt}</p>`;
  return body + (links && `<ul>${links}</ul>`);
}

export default function (config) {
  config.addPlugin(rss);
  config.addGlobalData("permalink", () => false);
  config.addGlobalData("layout", () => undefined);
  config.addFilter("stem", (item) => basename(item.inputPath, extname(item.inputPath)));
  config.addFilter("entryContent", content);
  config.addFilter("jsonFeed", (feed) =>
    JSON.stringify(
      {
        version: "https://jsonfeed.org/version/1.1",
        title: feed.name,
        home_page_url: `http://127.0.0.1:8000/${feed.slug}/`,
        items: feed.items.map((item) => ({
          id: `tag:127.0.0.1,2026:${basename(item.inputPath, extname(item.inputPath))}`,
          url: item.data.webUrl,
          title: item.data.title,
          content_html: content(item),
          summary: item.data.excerpt,
          date_published: item.data.publishedDateTime.toISOString(),
          authors: [{ name: item.data.provider.name }],
          tags: item.data.topics,
          image: item.data.images?.[0].url,
        })),
      },
      null,
      1,
    ),
  );
  config.addCollection("topics", (api) => {
    const good = api
      .getAll()
      .filter((item) => item.data.published && item.data.quality >= MIN_QUALITY)
      .sort((a, b) => b.data.publishedDateTime - a.data.publishedDateTime);
    const topics = new Map([["all", good.slice(0, LIMIT)]]);
    for (const item of good) {
      for (const topic of item.data.topics) {
        const items = topics.get(topic) ?? [];
        topics.set(topic, items);
        if (items.length < LIMIT) items.push(item);
      }
    }
    return [...topics].map(([name, items]) => ({ name, items, slug: name.toLowerCase().replaceAll(" ", "-") }));
  });
  for (const [template, file] of [["rss.njk", "rss.xml"], ["atom.njk", "atom.xml"], ["json.njk", "feed.json"]]) {
    config.addTemplate(template, readFileSync(join(HERE, "templates", template), "utf8"), {
      eleventyExcludeFromCollections: true,
      pagination: { data: "collections.topics", size: 1, alias: "feed" },
      permalink: `{{ feed.slug }}/${file}`,
    });
  }
  return { templateFormats: ["md", "njk"], markdownTemplateEngine: false };
}
