"""What Python programs do with Titan's jobs, through the client of the distribution. Prints OK after each act."""

import json
import threading

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

GROUP = {"group": "titan.dev", "version": "v1beta1", "plural": "jobs"}
AT = {**GROUP, "namespace": "default"}


def a_job(name, version="1.0"):
    return {
        "apiVersion": "titan.dev/v1beta1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"applicationName": "web", "version": version, "location": "dc1:2"},
    }


def refused(code, act):
    try:
        act()
    except ApiException as error:
        assert error.status == code, error
        return error
    raise AssertionError(f"expected {code}")


def objects(jobs):
    assert jobs.create_namespaced_custom_object(**AT, body=a_job("a"))["spec"]["cpus"] == 1
    refused(409, lambda: jobs.create_namespaced_custom_object(**AT, body=a_job("a")))
    found = jobs.get_namespaced_custom_object(**AT, name="a")
    listed = jobs.list_namespaced_custom_object(**AT, label_selector="app=a", limit=1)
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a"]
    assert len(jobs.list_cluster_custom_object(**GROUP)["items"]) == 1
    found["spec"]["version"] = "2.0"
    replaced = jobs.replace_namespaced_custom_object(**AT, name="a", body=found)
    assert replaced["metadata"]["generation"] == 2
    refused(409, lambda: jobs.replace_namespaced_custom_object(**AT, name="a", body=found))
    found["status"] = {"phase": "Available"}
    found["metadata"]["resourceVersion"] = replaced["metadata"]["resourceVersion"]
    jobs.replace_namespaced_custom_object_status(**AT, name="a", body=found)
    scale = jobs.get_namespaced_custom_object_scale(**AT, name="a")
    assert scale["kind"] == "Scale"
    refused(404, lambda: jobs.get_namespaced_custom_object(**AT, name="nothing"))


def patches(jobs, api):
    merged = jobs.patch_namespaced_custom_object(**AT, name="a", body={"spec": {"version": "3.0"}})
    assert merged["spec"]["version"] == "3.0"

    def patch(path, kind, body, **query):
        return api.call_api(
            path,
            "PATCH",
            query_params=list(query.items()),
            header_params={"Content-Type": kind, "Accept": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
            response_type="object",
            _return_http_data_only=True,
        )

    job = "/apis/titan.dev/v1beta1/namespaces/default/jobs/a"
    change = [{"op": "replace", "path": "/spec/version", "value": "4.0"}]
    assert patch(job, "application/json-patch+json", change)["spec"]["version"] == "4.0"
    refused(415, lambda: patch(job, "application/strategic-merge-patch+json", {}))
    wanted = json.dumps(a_job("a", "5.0"))
    kind = "application/apply-patch+yaml"
    refused(409, lambda: patch(job, kind, wanted, fieldManager="python"))
    applied = patch(job, kind, wanted, fieldManager="python", force="true")
    assert applied["spec"]["version"] == "5.0"


def maps(core):
    meta = client.V1ObjectMeta(name="settings")
    core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=meta, data={"a": "1"}))
    changed = core.patch_namespaced_config_map("settings", "default", {"data": {"b": "2"}})
    assert changed.data == {"a": "1", "b": "2"}, changed.data
    core.create_namespaced_secret("default", client.V1Secret(metadata=client.V1ObjectMeta(name="s"), string_data={"a": "b"}))
    assert core.read_namespaced_secret("s", "default").data == {"a": "Yg=="}
    assert "default" in [item.metadata.name for item in core.list_namespace().items]
    ended = core.delete_namespaced_config_map("settings", "default")
    assert ended.status == "Success"
    core.delete_collection_namespaced_config_map("default")


def watches(jobs):
    listed = jobs.list_namespaced_custom_object(**AT)
    start = listed["metadata"]["resourceVersion"]
    later = threading.Timer(0.3, lambda: jobs.create_namespaced_custom_object(**AT, body=a_job("b")))
    later.start()
    follow = watch.Watch()
    seen = []
    for event in follow.stream(jobs.list_namespaced_custom_object, **AT, resource_version=start, timeout_seconds=20):
        seen.append((event["type"], event["object"]["metadata"]["name"]))
        follow.stop()
    later.join()
    assert seen == [("ADDED", "b")], seen
    jobs.delete_namespaced_custom_object(**AT, name="b")
    resumed = watch.Watch()
    kinds = []
    for event in resumed.stream(jobs.list_namespaced_custom_object, **AT, resource_version=start, timeout_seconds=20):
        kinds.append(event["type"])
        if event["type"] == "DELETED":
            resumed.stop()
    assert kinds == ["ADDED", "DELETED"], kinds
    refused(410, lambda: next(watch.Watch().stream(jobs.list_namespaced_custom_object, **AT, resource_version="1", timeout_seconds=5)))


def main():
    config.load_kube_config()
    jobs = client.CustomObjectsApi()
    assert client.VersionApi().get_code().minor == "35"
    assert "jobs" in [found.name for found in jobs.api_client.call_api(
        "/apis/titan.dev/v1beta1", "GET", response_type="V1APIResourceList",
        auth_settings=["BearerToken"], _return_http_data_only=True).resources]
    for act, arguments in [
        (objects, [jobs]),
        (patches, [jobs, jobs.api_client]),
        (maps, [client.CoreV1Api()]),
        (watches, [jobs]),
    ]:
        act(*arguments)
        print("OK", act.__name__)


main()
