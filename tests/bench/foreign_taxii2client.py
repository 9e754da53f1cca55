"""A walk of taxii2client over one node: foreign_taxii2client.py URL CA PASSPHRASE.  TOKEN and
HIDDEN (what the commands printed) come by the environment.  JSON Lines; 1 if anything is wrong."""
import json
import logging
import os
import sys
import uuid

import requests
from taxii2client import __version__
from taxii2client.common import TokenAuth
from taxii2client.v21 import ApiRoot, Collection, Server, Status, as_pages

url, ca, passphrase = sys.argv[1:4]
token = json.loads(os.environ["TOKEN"])["token"]
hidden = json.loads(os.environ["HIDDEN"])["id"]
checks = failed = 0
logging.getLogger("taxii2client").setLevel(logging.ERROR)


def check(good, what):
    global checks, failed
    checks += 1
    failed += not good
    if not good:
        print("foreign: not so: " + what, file=sys.stderr)


def refused(call, status):
    try:
        call()
    except requests.exceptions.HTTPError as error:
        return error.response.status_code == status
    return False


def things(count):
    def one(kind):
        return {
            "type": kind, "spec_version": "2.1", "id": "%s--%s" % (kind, uuid.uuid4()), "name": "n",
            "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z",
        }
    return [one("indicator" if i % 2 else "malware") for i in range(count)]


def count(pages):
    return sum(len(page.get("objects", [])) for page in pages)


def posts(how, root, feed, objects):
    status = feed.add_objects({"objects": objects})
    check(status.status == "complete" and status.success_count == len(status.successes) == 25,
          how + "25 are added, complete at once")
    check(root.get_status(status.id).status == "complete", how + "the status is found again")
    other = Status(root.url + "status/%s/" % status.id, **feed_credentials[how])
    other.refresh()
    check(other.success_count == 25, how + "and by its own address")
    status = feed.add_objects({"objects": objects})
    check(status.success_count == 25 and status.failure_count == 0, how + "the same again")
    status = feed.add_objects({"objects": [objects[0], {"type": "indicator"}]})
    check(status.success_count == 1 and len(status.failures) == 1, how + "a bad one among good ones")


def walks(how, feed, whole):
    check(count(as_pages(feed.get_objects, per_request=10)) == whole, how + "pages of 10")
    check(count(as_pages(feed.get_objects)) == whole, how + "pages of the server's size")
    check(count(as_pages(feed.get_manifest, per_request=7)) == whole, how + "a manifest by 7")


def filters(how, feed, objects):
    ids = [o["id"] for o in objects]
    newer = dict(objects[1], modified="2021-01-01T00:00:00.000Z", name="new")
    feed.add_objects({"objects": [newer]})
    check(feed.object_versions(newer["id"])["versions"] == [objects[1]["modified"], newer["modified"]],
          how + "versions")
    check(feed.get_object(newer["id"])["objects"] == [newer], how + "an object")
    check(len(feed.get_object(newer["id"], version="all")["objects"]) == 2, how + "version=all")
    check(feed.get_object(newer["id"], version="first")["objects"] == [objects[1]], how + "first")
    check(len(feed.get_objects(id=ids[2:4])["objects"]) == 2, how + "two ids")
    check(len(feed.get_objects(type="malware", id=ids)["objects"]) == 13, how + "a type")
    check(len(feed.get_objects(type=["malware", "indicator"], id=ids)["objects"]) == 25, how + "two")
    check(feed.get_objects(spec_version="2.0", id=ids) == {}, how + "another specification")
    check(feed.get_objects(added_after="2099-01-01T00:00:00Z") == {}, how + "nothing is new")
    check(refused(lambda: feed.get_objects(limit=-1), 400), how + "a limit that is none")


def play(how, credentials):
    server = Server(url + "/taxii2/", **credentials)
    root = server.default
    check(len(server.api_roots) == 1 and server.title == "Bench", how + "discovery")
    check("application/taxii+json;version=2.1" in root.versions, how + "a root")
    check([c.title for c in root.collections] == ["Feed"], how + "its collections")
    feed = root.collections[0]
    check(feed.can_read and feed.can_write, how + "which may be read and written")
    objects = things(25)
    whole = count(as_pages(feed.get_objects, per_request=50)) + 25
    posts(how, root, feed, objects)
    walks(how, feed, whole)
    filters(how, feed, objects)
    feed.delete_object(objects[4]["id"])
    check(refused(lambda: feed.get_object(objects[4]["id"]), 404), how + "deleted")
    check(refused(lambda: feed.delete_object(objects[4]["id"]), 404), how + "deleted again")
    check(Collection(feed.url, **credentials).title == "Feed", how + "a collection's address")
    check(ApiRoot(root.url, **credentials).title == root.title, how + "a root's address")
    other = Collection(root.url + "collections/%s/" % hidden, **credentials)
    check(refused(lambda: other.title, 404), how + "what is another's")
    for thing in (server, root, feed):
        thing.refresh()


feed_credentials = {
    "passphrase: ": {"user": "ana", "password": passphrase, "verify": ca},
    "token: ": {"auth": TokenAuth(token), "verify": ca},
}
for name, how in feed_credentials.items():
    play(name, how)
for wrong in ({"user": "ana", "password": "wrong"}, {"auth": TokenAuth("0" * 64)}):
    check(refused(lambda: Server(url + "/taxii2/", verify=ca, **wrong).title, 401), "wrong ones")
print('{"bench":"foreign/taxii2client-%s/checks","value":%d,"unit":"1"}' % (__version__, checks))
print('{"bench":"foreign/taxii2client-%s/failed","value":%d,"unit":"1"}' % (__version__, failed))
sys.exit(failed > 0)
