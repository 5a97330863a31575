#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A downstream server that knows only a WSDL: python3-zeep. wsus_zeep.py WSDL URL DIR

Does what a replica does, from GetAuthConfig to GetDeployments, and checks every answer against the schema. Documents
become DIR/<id>-r<revision>.xml, compressed ones DIR/<id>-r<revision>.cab. Prints what it was told as JSON.
"""
import json
import os
import sys

import zeep
import zeep.exceptions

wsdl, url, folder = sys.argv[1:4]
os.makedirs(folder, exist_ok=True)
client = zeep.Client(wsdl, settings=zeep.Settings(strict=True, xml_huge_tree=True))
sync = client.create_service("{urn:server-sync}ServerSync", url + "ServerSyncWebService/ServerSyncWebService.asmx")

config = sync.GetAuthConfig()
plug_in = config.AuthInfo.AuthPlugInInfo[0]
auth = client.create_service("{urn:server-sync}DssAuth", url + plug_in.ServiceUrl)
granted = auth.GetAuthorizationCookie(accountName="wsus.plant.example",
                                      accountGuid="0a0a0a0a-1111-2222-3333-444444444444")
cookie = sync.GetCookie(authCookies={"AuthorizationCookie": [{"PlugInId": granted.PlugInId,
                                                              "CookieData": granted.CookieData}]},
                        protocolVersion="1.20")
settings = sync.GetConfigData(cookie=cookie)
told = {"plug_in": plug_in.PlugInID, "version": settings.ProtocolVersion,
        "most": settings.MaxNumberOfUpdatesPerRequest,
        "languages": [one.ShortLanguage for one in settings.LanguageUpdateList.ServerSyncLanguageData if one.Enabled]}


def revisions(config):
    answer = sync.GetRevisionIdList(cookie=cookie, filter={"GetConfig": config, "Get63LanguageOnly": False})
    return (answer.NewRevisions.UpdateIdentity if answer.NewRevisions else []), answer.Anchor


categories, told["config_anchor"] = revisions(True)
updates, told["anchor"] = revisions(False)
told["categories"], told["updates"] = len(categories), len(updates)
urls = set()
for listed in (categories, updates):
    for start in range(0, len(listed), told["most"]):
        answer = sync.GetUpdateData(cookie=cookie, updateIds={"UpdateIdentity": listed[start:start + told["most"]]})
        for data in answer.updates.ServerSyncUpdateData:
            name = os.path.join(folder, f"{data.Id.UpdateID}-r{data.Id.RevisionNumber}")
            if data.XmlUpdateBlob is not None:
                with open(name + ".xml", "wb") as file:
                    file.write(data.XmlUpdateBlob.encode())
            else:
                with open(name + ".cab", "wb") as file:
                    file.write(data.XmlUpdateBlobCompressed)
        if answer.fileUrls:
            urls.update(one.MUUrl for one in answer.fileUrls.ServerSyncUrlData)
told["urls"] = sorted(urls)
deployments = sync.GetDeployments(cookie=cookie, syncAnchor=told["anchor"])
told["groups"] = [one.Name for one in deployments.Groups.ServerSyncTargetGroup]
told["deployments"] = [[one.UpdateId, one.Action, one.Deadline.isoformat() if hasattr(one.Deadline, "isoformat") else str(one.Deadline), one.AdminName]
                       for one in (deployments.Deployments.ServerSyncDeployment if deployments.Deployments else [])]
told["hidden"] = list(deployments.HiddenUpdates.guid) if deployments.HiddenUpdates else []
try:
    sync.GetUpdateData(cookie=cookie, updateIds={"UpdateIdentity": [categories[0]] * 101})
    told["fault"] = "none"
except zeep.exceptions.Fault as fault:
    told["fault"] = fault.detail.findtext("ErrorCode") + " " + fault.detail.findtext("Message")
print(json.dumps(told))
